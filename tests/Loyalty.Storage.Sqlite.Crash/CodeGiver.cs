using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Loyalty.Core.Journeys;
using Loyalty.Core.Offers;
using Loyalty.Core.Programs;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Crash;

/// <summary>Many people who ask for codes of one offer at once; used by a test in its own process and in a child's.</summary>
public static class CodeGiver
{
    public const string Offer = "first-come";

    public static StoreOfferSource Create(SqliteDocumentStore store, IClock clock, int stock) => new(store, new OneOffer(stock), clock);

    /// <summary>So many people ask at once; the codes that were given.</summary>
    public static async Task<IReadOnlyList<string>> GiveAsync(StoreOfferSource source, string name, int times)
    {
        var given = new List<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, times), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, cancellation) =>
        {
            var customer = string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");
            var answer = await source.IssueAsync(new OfferRequest(new OfferKey(customer, "run-" + customer, "gift", 1), Offer, null), cancellation);
            if (answer is not OfferAnswer.Issued issued) return;
            lock (given) given.Add(issued.Code);
        });
        return given;
    }

    /// <summary>The child: waits for a line, gives, tells each code.</summary>
    public static async Task RunAsync(string file, string name, int times, int stock)
    {
        await using var database = SqliteDatabase.Open(file);
        var clock = new FixedClock();
        var source = Create(await SqliteDocumentStore.OpenAsync(database, clock), clock, stock);
        await Console.Out.WriteLineAsync("ready");
        await Console.In.ReadLineAsync();
        var text = new StringBuilder();
        foreach (var code in await GiveAsync(source, name, times)) text.Append(code).Append('\n');
        await Console.Out.WriteAsync(text + "end\n");
    }

    private sealed class OneOffer(int stock) : IProgramSource
    {
        public LiveProgram Current { get; } = new()
        {
            Model = new ProgramModel(),
            Journeys = [],
            Offers = ImmutableSortedDictionary.Create<string, OfferRule>(StringComparer.Ordinal)
                .Add(Offer, new OfferRule { Name = Offer, Title = Offer, Gift = new OfferGift.FreeDelivery(), Stock = stock }),
        };

        public ValueTask<JourneyDefinition?> DefinitionAsync(string journey, int version, CancellationToken cancellation = default) => default;
    }
}
