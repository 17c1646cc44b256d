using System.Collections.Concurrent;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Refusals;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Simulation.Import;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Moving;

/// <summary>The way in from another system, in documents of a few hundred records; <c>loyalty import --url</c> cuts a file into them.</summary>
public sealed class ImportFunctions(IServiceScopeFactory scopes, IProgramSource programs, IClock clock)
{
    /// <summary>Records of a document.</summary>
    public const int MostRecords = 500;

    private const int SourceLength = 20;
    private const int AtATime = 8;

    [Function("ImportTerms")]
    [Access(Role.Integration, Role.Operator)]
    [Operation("What an import is measured by: the program's currency and wallets, its clock, and how much one document may hold.", Answer = typeof(ImportTerms))]
    public IResult Terms([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "import")] HttpRequest request) =>
        Problems.Json(new ImportTerms(programs.Current.Model.Currency, [.. programs.Current.Model.Wallets.Select(static wallet => wallet.Name)], clock.GetCurrentInstant(), MostRecords)
        {
            Topics = [.. programs.Current.Topics.Keys],
            Tiers = Tiers(programs.Current.Model),
        });

    private static string[] Tiers(ProgramModel model) => [.. model.Tiers?.Levels.Select(static level => level.Name) ?? []];

    [Function("ImportHistory")]
    [Access(Role.Integration, Role.Operator)]
    [Operation(
        "Imports members, purchases, opening balances and tiers (docs/reference/import.md, the JSON format): facts and the ledger; no journey starts and nothing is sent. A record with an id, or in a document that is sent again as it was, counts once.",
        Answer = typeof(ImportAnswer),
        Refusals = [RefusalCode.BodyTooLarge, RefusalCode.TooManyItems, RefusalCode.InvalidField])]
    [Parameter("source", "Names what the document's customer ids belong to: 5 is found again as import:<source>:5. 1 to 20 small letters, digits and hyphens. Default: json.")]
    [Parameter("currency", "Of purchases that name none, ISO 4217. Default: the program's.")]
    [Parameter("settled", "true: what the sign-ups would earn is among balances of other documents, and they earn nothing. Default: they earn nothing where the document itself has balances.")]
    public async Task<IResult> ImportAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "import")] HttpRequest request, CancellationToken cancellation)
    {
        var source = request.Query["source"].FirstOrDefault() is { Length: > 0 } named ? named : "json";
        if (source.Length > SourceLength || !source.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            return Problems.Result(RefusalCode.InvalidField, $"source: 1 to {SourceLength} small letters, digits and hyphens were expected.");
        var model = programs.Current.Model;
        var currency = request.Query["currency"].FirstOrDefault() is { Length: > 0 } other ? other.ToUpperInvariant() : model.Currency;
        if (CurrencyTable.ToMinor(1, currency) is null) return Problems.Result(RefusalCode.InvalidField, "currency: a code of ISO 4217 such as EUR was expected.");
        if (request.Query["settled"].FirstOrDefault() is { Length: > 0 } flag && flag is not ("true" or "false")) return Problems.Result(RefusalCode.InvalidField, "settled: true or false was expected.");
        var bytes = await RequestBody.ReadAsync(request, JsonRequest.MostBytes, cancellation);
        if (bytes.Length > JsonRequest.MostBytes) return Problems.Result(RefusalCode.BodyTooLarge, "At most 1 MiB: send the file in parts, as loyalty import --url does.");

        HistoryFile file;
        try
        {
            file = JsonHistory.Read(new MemoryStream(bytes.ToArray()), currency);
        }
        catch (PurchaseFileException wrong)
        {
            return Problems.Result(RefusalCode.InvalidField, wrong.Message);
        }

        if (file.Count > MostRecords) return Problems.Result(RefusalCode.TooManyItems, $"More than {MostRecords} records: send them in parts.");
        if (HistoryUseCase.Faults(file, [.. model.Wallets.Select(static wallet => wallet.Name)], Tiers(model), clock.GetCurrentInstant()) is { Count: > 0 } faults) return Problems.Result(RefusalCode.InvalidField, string.Join('\n', faults.Take(20)));
        if (request.Query["settled"] == "true") file = file.Settled();
        return Problems.Json(await ImportAsync(file, source, cancellation));
    }

    private async Task<ImportAnswer> ImportAsync(HistoryFile file, string source, CancellationToken cancellation)
    {
        var (imported, before) = (0, 0);
        var refused = new ConcurrentBag<ImportRefusal>();
        await Parallel.ForEachAsync(HistoryPeople.Of(file), new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellation }, async (person, token) =>
        {
            foreach (var record in person)
            {
                await using var scope = scopes.CreateAsyncScope();
                var outcome = await ActivatorUtilities.CreateInstance<HistoryUseCase>(scope.ServiceProvider).ImportAsync(record, source, token);
                if (record.IsImplied) continue;
                switch (outcome)
                {
                    case RecordOutcome.Imported: Interlocked.Increment(ref imported); break;
                    case RecordOutcome.Before: Interlocked.Increment(ref before); break;
                    case RecordOutcome.Refused no: refused.Add(new ImportRefusal(record.Line, RefusalTable.Name(no.Code))); break;
                    default: throw new InvalidOperationException("An outcome of no known kind.");
                }
            }
        });
        return new ImportAnswer(imported, before, [.. refused.OrderBy(static one => one.Line).ThenBy(static one => one.Code, StringComparer.Ordinal)]);
    }
}

/// <summary>What an import is measured by.</summary>
/// <param name="Currency">The program's, ISO 4217: of purchases that name none.</param>
/// <param name="Wallets">Names of wallets that a balance may be of.</param>
/// <param name="Now">By the program's clock: a balance that has ended by then is refused.</param>
/// <param name="MostRecords">Records of one document.</param>
public sealed record ImportTerms(string Currency, IReadOnlyList<string> Wallets, Instant Now, int MostRecords)
{
    /// <summary>Names of topics that a consent may be about; null: an older app does not tell them.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>Names of tiers that a standing may be of; null: an older app does not tell them.</summary>
    public IReadOnlyList<string>? Tiers { get; init; }
}

/// <summary>What became of a document's records.</summary>
/// <param name="Imported">They count now; balances and standings also if they counted before.</param>
/// <param name="Before">They were there before.</param>
/// <param name="Refused">They do not count, and why.</param>
public sealed record ImportAnswer(int Imported, int Before, IReadOnlyList<ImportRefusal> Refused);

/// <summary>A record that does not count.</summary>
/// <param name="Line">On which line of the document it begins, from 1.</param>
/// <param name="Code">Why, as in docs/reference/errors.md: <c>customer-erased</c>, say.</param>
public sealed record ImportRefusal(int Line, string Code);
