using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using Loyalty.Storage.Contract;
using NodaTime;
using Xunit.Abstractions;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>
/// The send path cut off at every call of the store, before it and after it was done, with a provider that loses answers, asks to come back and fails, and two
/// hosts that deliver at once: nothing goes twice, and with a provider that can be asked nothing is lost.
/// </summary>
public sealed class DuplicateHuntTests(ITestOutputHelper output)
{
    // The full hunt: LOYALTY_SEEDS=25, LOYALTY_RACES=10000.
    private static readonly int Seeds = Told("LOYALTY_SEEDS", 3);
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_KilledAtEveryAwaitWithProviderFaults_NeverTwice(bool canBeAsked)
    {
        var (messages, sent, unknown, lost, cuts) = (0, 0, 0, 0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var dice = new Random(seed);
            var provider = new TestProvider { CanBeAsked = canBeAsked, Fault = () => Roll(dice) };
            FaultyStore? faulty = null;
            await using var world = await EngineWorld.StartAsync(Start, provider, store => faulty = new FaultyStore(store), ContactTests.OneMail());
            // Every await of one delivery, in both ways: the number of calls is found on the way, a cut beyond it cuts nothing.
            var reached = true;
            var here = 0;
            for (var call = 0; reached && call < 100; call++)
            {
                reached = false;
                foreach (var isAfter in new[] { false, true })
                {
                    var customer = await ContactTests.SignUpAsync(world, $"p{call}-{isAfter}@example.com");
                    var run = Assert.Single(await world.Queries.RunsAsync(customer));
                    var reference = new RunReference(customer, run.Run.RunId, run.Gen);
                    var turn = await world.Turns.AdvanceAsync(reference, null);
                    faulty!.CutAfter(call, isAfter);
                    await TryAsync(() => Task.WhenAll(world.Deliveries.DeliverAsync(reference, turn.Items[0]), world.Deliveries.DeliverAsync(reference, turn.Items[0])));
                    if (faulty.IsCut) cuts++;
                    reached |= faulty.IsCut;
                    faulty.Mend();
                    (messages, here) = (messages + 1, here + 1);
                }
            }

            world.WipeHands();
            await world.PassAsync(Duration.FromDays(5));
            Assert.All(provider.Taken, static one => Assert.Equal(1, one.Value));
            var records = await world.AllAsync<MessageRecord>(Kinds.Message);
            Assert.Equal(here, records.Count);
            // Each in exactly one of the three, with a reason where it did not go.
            Assert.All(records, static one => Assert.True(one is { Result: "sent", Reason: null } or { Result: "withheld" or "expired", Reason: not null }));
            sent += records.Count(static one => one.Result == "sent");
            unknown += records.Count(static one => one.Reason == "outcome-unknown");
            lost += records.Count(one => !provider.Taken.ContainsKey(one.OperationId));
            Assert.All(records.Where(static one => one.Result == "sent"), one => Assert.True(provider.Taken.ContainsKey(one.OperationId)));
        }

        output.WriteLine($"can be asked: {canBeAsked}; {messages} messages, {cuts} cuts: sent {sent}, duplicates 0, outcome unknown {unknown}, lost {lost}");
        Assert.True(cuts > Seeds * 10);
        if (canBeAsked) Assert.Equal((messages, 0, 0), (sent, unknown, lost));
        else Assert.True(lost <= unknown);
    }

    /// <summary>A withdrawal and a hand-over at the same moment: whichever commits first, no claim commits after the withdrawal.</summary>
    [Fact]
    public async Task Claim_RacingAWithdrawal_NeverCommitsAfterIt()
    {
        var races = Told("LOYALTY_RACES", 300);
        var watch = new CommitWatch();
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), watch.Around, ContactTests.OneMail());
        var (first, second) = (0, 0);
        for (var i = 0; i < races; i++)
        {
            var email = $"racer{i}@example.com";
            var customer = await ContactTests.SignUpAsync(world, email);
            var run = Assert.Single(await world.Queries.RunsAsync(customer));
            var reference = new RunReference(customer, run.Run.RunId, run.Gen);
            var turn = await world.Turns.AdvanceAsync(reference, null);
            watch.Begin(Keys.CustomerPartition(customer));
            var withdrawal = Tell.Unsubscribed(email, world.Clock.Now + Duration.FromSeconds(i));
            var (deliver, withdraw) = i % 2 == 0
                ? (Task.Run(() => world.Deliveries.DeliverAsync(reference, turn.Items[0])), Task.Run(() => world.Apply.ApplyToAsync(customer, withdrawal, mayStart: true)))
                : Swap(Task.Run(() => world.Apply.ApplyToAsync(customer, withdrawal, mayStart: true)), Task.Run(() => world.Deliveries.DeliverAsync(reference, turn.Items[0])));
            await Task.WhenAll(deliver, withdraw);
            Assert.False(watch.ClaimedAfterWithdrawal, email);
            if (watch.Claimed) first++;
            else second++;
        }

        output.WriteLine($"{races} races: claimed before the withdrawal {first}, withheld after it {second}, claims after a withdrawal 0");

        static (Task Deliver, Task Withdraw) Swap(Task withdraw, Task deliver) => (deliver, withdraw);
    }

    private static int Told(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), System.Globalization.CultureInfo.InvariantCulture, out var told) ? told : otherwise;

    private static ProviderFault Roll(Random dice) => dice.Next(100) switch
    {
        < 15 => ProviderFault.LostAnswer,
        < 25 => ProviderFault.Busy,
        < 30 => ProviderFault.Down,
        _ => ProviderFault.None,
    };

    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (StoreUnavailableException)
        {
            // The host that was at it is gone.
        }
    }

    /// <summary>Sees the order in which claim and withdrawal of one partition commit.</summary>
    private sealed class CommitWatch
    {
        private readonly Lock _gate = new();
        private string _partition = "";
        private bool _isWithdrawn;

        public bool Claimed { get; private set; }

        public bool ClaimedAfterWithdrawal { get; private set; }

        public void Begin(string partition) => (_partition, _isWithdrawn, Claimed, ClaimedAfterWithdrawal) = (partition, false, false, false);

        public IDocumentStore Around(IDocumentStore store) => new WatchedStore(store, this);

        public async ValueTask<BatchOutcome> CommitAsync(IDocumentStore store, string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation)
        {
            var isWithdrawal = partition == _partition && writes.Any(static one => one.Id.StartsWith(Keys.MarkerPrefix, StringComparison.Ordinal));
            var isClaim = partition == _partition && !isWithdrawal && writes.OfType<DocumentWrite.Replace>().Any(static one =>
                one.Kind == Kinds.Run && System.Text.Encoding.UTF8.GetString(one.Body.Span).Contains("\"state\":\"claimed\"", StringComparison.Ordinal));
            // Seen before the claim is even tried: if it then commits all the same, the guard has failed.
            bool wasWithdrawn;
            lock (_gate) wasWithdrawn = _isWithdrawn;
            var outcome = await store.CommitAsync(partition, writes, cancellation);
            lock (_gate)
            {
                if (!outcome.IsCommitted) return outcome;
                if (isWithdrawal) _isWithdrawn = true;
                if (isClaim) (Claimed, ClaimedAfterWithdrawal) = (true, ClaimedAfterWithdrawal || wasWithdrawn);
            }

            return outcome;
        }
    }

    private sealed class WatchedStore(IDocumentStore store, CommitWatch watch) : PassingStore(store)
    {
        public override ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
            watch.CommitAsync(Inner, partition, writes, cancellation);
    }
}
