using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Cli.Tests.Kills;

/// <summary>What a demo did to the world and to the books, by business key. Ids follow from keys, so two runs of one shop must agree in every line.</summary>
/// <param name="Mails">File names in the outbox; each follows from one (run, step, visit).</param>
/// <param name="Messages">(run, step, visit) with its result.</param>
/// <param name="Sent">Operation ids of what counts as sent.</param>
/// <param name="Entries">(customer, wallet, business key) of every ledger entry.</param>
internal sealed record DemoEffects(
    IReadOnlyList<string> Mails, IReadOnlyList<string> Messages, IReadOnlyList<string> Sent, IReadOnlyList<string> Entries)
{
    public static async Task<DemoEffects> ReadAsync(string file, string outbox)
    {
        await using var reader = ProgramReader.Open(
            file, new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Mail"] = "outbox:" + outbox });
        var store = reader.Services.GetRequiredService<IDocumentStore>();
        var messages = await AllAsync<MessageRecord>(store, Kinds.Message);
        var entries = await AllAsync<LedgerEntry>(store, Kinds.Entry);
        return new DemoEffects(
            Sorted(Directory.EnumerateFiles(outbox, "*.eml").Select(static path => Path.GetFileName(path))),
            Sorted(messages.Select(static one => $"{one.RunId} {one.Step} {one.Visit} {one.Result} {one.Reason}")),
            Sorted(messages.Where(static one => one.Result == "sent").Select(static one => one.OperationId)),
            Sorted(entries.Select(static one => $"{one.CustomerId} {one.Wallet} {one.Key}")));
    }

    private static List<string> Sorted(IEnumerable<string> all) => [.. all.Order(StringComparer.Ordinal)];

    private static async Task<List<T>> AllAsync<T>(IDocumentStore store, string kind) => await store.ScanAsync<T>(kind).ToListAsync();
}
