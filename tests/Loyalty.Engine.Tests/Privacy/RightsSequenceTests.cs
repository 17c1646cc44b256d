using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Privacy;

/// <summary>
/// Rights in every order: three people sign up, order, turn out to be one, are corrected, restricted, erased, exported and imported again, and the store is cut
/// off in between. Seeds are numbered; one that fails is told. <c>LOYALTY_RIGHTS_SEEDS</c> asks for more of them.
/// </summary>
public sealed class RightsSequenceTests
{
    private const string Shop = "shopify:shop.example";
    private const int Steps = 14;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Fact]
    public async Task Rights_InEveryOrder_NothingOfAnErasedPersonIsLeftAndNothingGoesToARestrictedOne()
    {
        var seeds = int.TryParse(Environment.GetEnvironmentVariable("LOYALTY_RIGHTS_SEEDS"), CultureInfo.InvariantCulture, out var more) ? more : 12;
        var forgotten = 0;
        for (var seed = 1; seed <= seeds; seed++)
        {
            await using var world = await PrivacyWorld.StartAsync(Start, ErasureRaceTests.Program());
            var story = new Story(world, new Random(seed));
            try
            {
                for (var step = 0; step < Steps; step++) await story.StepAsync();
                await story.EndAsync();
                forgotten += story.Forgotten;
            }
            catch (Exception failure) when (failure is Xunit.Sdk.XunitException or NullReferenceException or InvalidOperationException or StoreUnavailableException or ContentionException)
            {
                Assert.Fail($"seed {seed}: {string.Join(" · ", story.Log)}\n{failure}");
            }
        }

        // Many have something to forget.
        Assert.True(forgotten > seeds, $"{forgotten} words in {seeds} sequences");
    }

    private sealed class Story(PrivacyWorld world, Random random)
    {
        private readonly List<CanonicalEvent> _told = [];
        private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
        private readonly HashSet<string> _words = new(StringComparer.Ordinal);
        private int _next;

        public List<string> Log { get; } = [];

        /// <summary>Words that were told of people who were erased.</summary>
        public int Forgotten => _gone.Count;

        public async Task StepAsync()
        {
            var (one, other) = (random.Next(3), random.Next(3));
            await world.PassAsync(Duration.FromMinutes(random.Next(1, 200)));
            switch (random.Next(11))
            {
                case 0 or 1: await TellAsync("sign-up", EventTypes.CustomerSignedUp, one); break;
                case 2: await TellAsync("order", EventTypes.OrderPaid, one); break;
                case 3: await TellAsync("change", EventTypes.CustomerUpdated, one); break;
                case 4: await TellAsync("link", EventTypes.CustomerUpdated, one, Address(other)); break;
                case 5: await ForAsync("erase", one, EraseAsync); break;
                case 6: await ForAsync("restrict", one, id => world.Rights.Restrictions.RestrictAsync(id)); break;
                case 7: await ForAsync("lift", one, id => world.Rights.Restrictions.LiftAsync(id)); break;
                case 8: await ForAsync("correct", one, id => world.Rights.Corrections.RectifyAsync(id, new RectifyRequest { FirstName = Word(), Email = $"{Word()}@example.com" })); break;
                case 9: await ImportAgainAsync(); break;
                default: await world.PassAsync(Duration.FromDays(1)); break;
            }
        }

        /// <summary>Everything is told once more, and time passes: then what was erased is still gone, every erasure is over, and the books agree.</summary>
        public async Task EndAsync()
        {
            await ImportAgainAsync();
            await world.PassAsync(Duration.FromDays(3));
            Assert.All(await world.World.AllAsync<ErasureRecord>(Kinds.Erasure), static record => Assert.Equal(ErasureStep.Done, record.Step));
            var found = (await world.EverythingAsync()).SelectMany(one => _gone.Where(word => one.Text.Contains(word, StringComparison.Ordinal)).Select(word => $"{word} in {one.Place}")).ToList();
            Assert.True(found.Count == 0, string.Join(", ", found));
            await world.World.CheckBooksAsync();
            var sent = await world.World.AllAsync<MessageRecord>(Kinds.Message);
            Assert.Equal(sent.Count, sent.DistinctBy(static one => (one.RunId, one.Step, one.Visit)).Count());
        }

        /// <summary>What the person's export tells of them is what has to be gone afterwards, but for their addresses, which the shop may tell anew.</summary>
        private async Task EraseAsync(string id)
        {
            var export = (await world.Rights.Exports.ReadAsync(id))!.ToJsonString();
            var theirs = _words.Where(word => export.Contains(word, StringComparison.Ordinal)).ToList();
            if (random.Next(2) == 0) world.Faulty.CutAfter(random.Next(60), isAfter: random.Next(2) == 0);
            try
            {
                Assert.NotNull(await world.Rights.Erasures.EraseAsync(id, "test"));
            }
            catch (StoreUnavailableException)
            {
                Log.Add("(cut)");
            }

            world.Faulty.Mend();
            // It is asked for again where it was not even noted.
            Assert.NotNull(await world.Rights.Erasures.EraseAsync(id, "test"));
            _gone.UnionWith(theirs);
        }

        private async Task ImportAgainAsync()
        {
            Log.Add("again");
            world.World.ForgetMessageIds();
            var isRestricted = await RestrictedAsync();
            var before = world.Mail.Messages.Count;
            foreach (var e in _told.ToList()) await world.World.TellAsync(e with { ReceivedAt = world.Now });
            await world.World.SettleAsync();
            Assert.DoesNotContain(world.Mail.Messages.Skip(before), one => isRestricted.Contains(one.To));
        }

        /// <summary>Addresses of people who are restricted.</summary>
        private async Task<HashSet<string>> RestrictedAsync() =>
            [.. (await world.World.AllAsync<Core.Customers.CustomerState>(Kinds.Customer)).Where(static one => one.RestrictedAt is not null).SelectMany(static one => one.Identifiers).Select(static name => name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..])];

        private async Task ForAsync(string what, int one, Func<string, Task> act)
        {
            Log.Add($"{what} {one}");
            if (await world.World.Queries.FindAsync($"person{one}@example.com") is { } id) await act(id);
        }

        private async Task TellAsync(string what, string type, int one, params ImmutableArray<Identifier> more)
        {
            Log.Add($"{what} {one}{(more.IsEmpty ? "" : " " + more[0].Value)}");
            var (at, number, word) = (world.Now, _next++, Word());
            EventData data = type == EventTypes.OrderPaid
                ? new EventData.Order(new OrderSnapshot
                {
                    OrderId = $"{Shop}:{number}",
                    Currency = "EUR",
                    PlacedAt = at,
                    UpdatedAt = at,
                    Payment = PaymentStatus.Paid,
                    PaidAt = at,
                    Lines = [new OrderLine { LineId = "1", Sku = word, Quantity = 1, NetMinor = 1000 }],
                })
                : new EventData.Person { Email = $"person{one}@example.com", FirstName = word, Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true) };
            var e = new CanonicalEvent
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"e{number}"),
                Source = Shop,
                Type = type,
                Time = at,
                ReceivedAt = at,
                Identifiers = [Address(one), .. more],
                Data = data,
            };
            _told.Add(e);
            await world.World.TellAsync(e);
            await world.World.SettleAsync();
        }

        private static Identifier Address(int one) => Identifier.Email(string.Create(CultureInfo.InvariantCulture, $"person{one}@example.com"))!.Value;

        /// <summary>No other is a part of it.</summary>
        private string Word()
        {
            var word = string.Create(CultureInfo.InvariantCulture, $"canary{_next++}x");
            _words.Add(word);
            return word;
        }
    }
}
