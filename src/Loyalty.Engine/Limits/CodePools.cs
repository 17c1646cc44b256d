using Loyalty.Core;
using Loyalty.Core.Offers;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Limits;

/// <summary>A code of a pool that nobody has yet.</summary>
public sealed record PooledCode(string Code);

/// <summary>What an import did.</summary>
/// <param name="Imported">New codes.</param>
/// <param name="Known">Codes that had been imported before, given away or not, or stand in the file twice.</param>
/// <param name="Faults">Lines that are no codes: line and why; the first hundred. Where there is one, nothing is imported.</param>
public sealed record PoolImport(int Imported, int Known, IReadOnlyList<string> Faults)
{
    /// <summary>What should be known about it; null: nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>What is left of a pool.</summary>
/// <param name="Number">Codes that nobody has yet, as far as they were counted.</param>
/// <param name="MayBeMore">There may be more: a large pool is not counted to its end.</param>
public sealed record PoolCount(long Number, bool MayBeMore);

/// <summary>Pools of codes that somebody else made. A code is imported once, and given away once.</summary>
public sealed class CodePools(IDocumentStore store)
{
    /// <summary>Codes of one file at most.</summary>
    public const int MostCodes = 100_000;

    /// <summary>Characters of a code at most.</summary>
    public const int MostCharacters = 60;

    internal const string FreePrefix = "free-";
    private const int Batch = 40;
    private const int MostFaults = 100;

    /// <summary>
    /// Imports a CSV file: one code a line, in the first column or in the column <c>code</c> where the first line names columns. The same file imported
    /// twice is imported once.
    /// </summary>
    public async Task<PoolImport> ImportAsync(string offer, string csv, CancellationToken cancellation = default)
    {
        var faults = new List<string>();
        var codes = Read(csv, faults);
        if (faults.Count > 0) return new PoolImport(0, 0, faults);
        var fresh = 0;
        foreach (var shard in codes.Distinct(StringComparer.Ordinal).GroupBy(static code => (int)(Hashing.Draw("pool", code) * SharedLimits.Shards)))
        {
            var partition = Keys.LimitPartition(SharedLimits.PoolOf(offer), shard.Key);
            foreach (var chunk in shard.Chunk(Batch)) fresh += await ImportAsync(partition, chunk, cancellation);
        }

        return new PoolImport(fresh, codes.Count - fresh, []);
    }

    internal static string FreeId(string code) => FreePrefix + Hashing.Id(32, code);

    private static string KnownId(string code) => "known-" + Hashing.Id(32, code);

    private async Task<int> ImportAsync(string partition, string[] codes, CancellationToken cancellation)
    {
        var done = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, partition);
            var count = 0;
            foreach (var code in codes)
            {
                // What was imported stays noted: a code that was given away does not come back with the next import.
                if (await session.ReadAsync<PooledCode>(KnownId(code), cancellation) is not null) continue;
                session.Put(KnownId(code), Kinds.PooledCode, new PooledCode(code));
                session.Put(FreeId(code), Kinds.PooledCode, new PooledCode(code));
                count++;
            }

            return await session.CommitAsync(cancellation) ? new Done(count) : null;
        });
        return done.Count;
    }

    private static List<string> Read(string csv, List<string> faults)
    {
        var codes = new List<string>();
        var column = 0;
        var number = 0;
        foreach (var line in csv.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            var cells = line.TrimEnd('\r').Split([',', ';', '\t']);
            if (cells.All(string.IsNullOrWhiteSpace)) continue;
            if (codes.Count == 0 && number == 1 && Array.FindIndex(cells, static cell => Plain(cell).Equals("code", StringComparison.OrdinalIgnoreCase)) is var named and >= 0)
            {
                column = named;
                continue;
            }

            var code = cells.Length > column ? CodePattern.Normal(Plain(cells[column])) : "";
            if (code.Length is 0 or > MostCharacters || code.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            {
                if (faults.Count < MostFaults)
                    faults.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {number}: a code has 1 to {MostCharacters} letters, digits, -, _ and ."));
                continue;
            }

            codes.Add(code);
            if (codes.Count > MostCodes) faults.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {number}: more than {MostCodes} codes; split the file"));
            if (codes.Count > MostCodes) break;
        }

        if (codes.Count == 0 && faults.Count == 0) faults.Add("line 1: the file has no codes");
        return codes;
    }

    private static string Plain(string cell) => cell.Trim().Trim('"').Trim();

    private sealed record Done(int Count);
}
