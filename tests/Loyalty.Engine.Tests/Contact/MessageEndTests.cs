using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
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
/// Random programs, people, providers, withdrawals, reports and restarts: whatever happens, every message that was queued ends in exactly one of sent, withheld
/// with its reason, expired with its reason, and the provider had it once at most.
/// </summary>
public sealed class MessageEndTests(ITestOutputHelper output)
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 0, 0);
    private static readonly string[] Zones = ["Europe/Sofia", "America/New_York", "Asia/Tokyo", "Pacific/Apia"];
    private static readonly string[] Known = [.. typeof(WithholdReasons).GetFields().Select(static field => (string)field.GetRawConstantValue()!)];

    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("LOYALTY_SEEDS"), System.Globalization.CultureInfo.InvariantCulture, out var told) ? told : 3;

    [Fact]
    public async Task EveryMessage_WhateverHappens_EndsInExactlyOneOfThree()
    {
        var (ends, messages, restarts) = (new SortedDictionary<string, int>(StringComparer.Ordinal), 0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var played = await PlayAsync(seed);
            foreach (var (end, count) in played.Ends) ends[end] = ends.GetValueOrDefault(end) + count;
            (messages, restarts) = (messages + played.Messages, restarts + played.Restarts);
        }

        output.WriteLine($"{Seeds} seeds, {messages} messages, {restarts} restarts: {string.Join(", ", ends.Select(static one => $"{one.Key} {one.Value}"))}");
        Assert.True(ends.Count >= 6, $"too little happens: {string.Join(", ", ends)}");
        Assert.Contains("sent", ends.Keys);
    }

    private static async Task<(SortedDictionary<string, int> Ends, int Messages, int Restarts)> PlayAsync(int seed)
    {
        var dice = new Random(seed);
        var provider = new TestProvider { CanBeAsked = seed % 2 == 0, Fault = () => Roll(dice) };
        var queued = new QueuedWatch();
        FaultyStore? faulty = null;
        Memory? memory = null;
        await using var world = await EngineWorld.StartAsync(
            Start, provider, store => faulty = new FaultyStore(queued.Around(store)), Program(dice), contact: (store, clock, programs) => (memory = new Memory(store, clock, programs)).Services);
        var restarts = 0;
        for (var person = 0; person < 14; person++)
        {
            await world.TellAsync(SignUp(dice, $"p{person}@example.com", world.Clock.Now));
            if (dice.Next(3) == 0)
            {
                // Everything in memory is gone, in the middle of whatever was going on; the pacing reads its document anew.
                faulty!.CutAfter(dice.Next(30), isAfter: dice.Next(2) == 0);
                await TryAsync(() => world.PassAsync(Duration.FromHours(dice.Next(1, 20))));
                faulty.Mend();
                world.WipeHands();
                memory!.Restart();
                restarts++;
            }

            world.LosesPokes = dice.Next(4) == 0;
            world.LosesStarts = dice.Next(4) == 0;
            await DisturbAsync(world, dice, dice.Next(person + 1));
            await world.PassAsync(Duration.FromMinutes(dice.Next(0, 900)));
        }

        (world.LosesPokes, world.LosesStarts) = (false, false);
        await world.PassAsync(Duration.FromDays(40));
        await CheckAsync(world, provider, queued, seed);
        var records = await world.AllAsync<MessageRecord>(Kinds.Message);
        var ends = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var record in records) ends[record.Reason is null ? record.Result : $"{record.Result} {record.Reason.Split(':')[0]}"] = ends.GetValueOrDefault(record.Reason is null ? record.Result : $"{record.Result} {record.Reason.Split(':')[0]}") + 1;
        return (ends, records.Count, restarts);
    }

    private static async Task CheckAsync(EngineWorld world, TestProvider provider, QueuedWatch queued, int seed)
    {
        var where = $"seed {seed}";
        var records = await world.AllAsync<MessageRecord>(Kinds.Message);
        var runs = await world.AllAsync<RunDocument>(Kinds.Run);
        Assert.All(runs, run => Assert.True(run is { Status: RunStatus.Finished, HasOpenItems: false }, $"{where}: {run.Run.RunId} {run.Status} at {run.Run.Position?.Step}"));
        // Exactly one end for each message that was ever queued, and none that was not.
        Assert.Equal(queued.Messages.Order(StringComparer.Ordinal), records.Select(static one => Keys.Message(one.RunId, one.Step, one.Visit)).Order(StringComparer.Ordinal));
        foreach (var record in records)
        {
            var isWhole = record is { Result: "sent", Reason: null } or { Result: "withheld" or "expired", Reason: not null };
            Assert.True(isWhole && (record.Reason is null || Known.Contains(record.Reason.Split(':')[0])), $"{where}: {record.Result} {record.Reason}");
            if (record.Result == "sent") Assert.True(provider.Taken.ContainsKey(record.OperationId), $"{where}: told as sent and never taken");
            if (record.Result == "withheld") Assert.False(provider.Taken.ContainsKey(record.OperationId), $"{where}: taken and told as withheld, {record.Reason}");
        }

        Assert.All(provider.Taken, one => Assert.True(one.Value == 1, $"{where}: {one.Key} went {one.Value} times"));
    }

    private static ProgramText Program(Random dice)
    {
        var contact = new List<string>();
        if (dice.Next(2) == 0) contact.Add("quiet-hours: { from: \"21:00\", to: \"08:00\" }");
        if (dice.Next(2) == 0) contact.Add("caps: [ { at-most: 2, per: day }, { at-most: 3, per: week } ]");
        if (dice.Next(2) == 0) contact.Add("repeat-after: 3d");
        if (dice.Next(2) == 0) contact.Add("budgets: { email: { at-most: 9, per: day } }");
        var program = new ProgramText().Program(contact.Count == 0 ? "" : "contact:\n  " + string.Join("\n  ", contact));
        foreach (var (name, template) in new[] { ("alpha", "hello"), ("beta", "hello"), ("gamma", "other") })
        {
            string Option() => dice.Next(5) switch { 0 => ", if-not-now: drop", 1 => ", give-up: 2h", 2 => ", priority: high", 3 => ", class: transactional", _ => ", priority: low" };
            program.Journey(name, $$"""
                title: {{name}}
                topic: offers
                enter: { event: customer.signed-up }
                {{(dice.Next(2) == 0 ? "exit: [ { event: order.paid } ]" : "")}}
                {{(dice.Next(2) == 0 ? "send-window: { from: \"09:00\", to: \"18:00\" }" : "")}}
                steps:
                  - { name: first, send: {{template}}{{Option()}} }
                  - { name: pause, wait: {{dice.Next(1, 30)}}h }
                  - { name: second, send: other{{Option()}} }
                """);
        }

        return program.Templates("hello", "other");
    }

    private static CanonicalEvent SignUp(Random dice, string email, Instant at)
    {
        var told = Tell.SignUp(email, at);
        var person = (EventData.Person)told.Data!;
        if (dice.Next(5) == 0) person = person with { Consent = ImmutableDictionary<string, bool>.Empty };
        return told with { Data = person with { Zone = Zones[dice.Next(Zones.Length)] } };
    }

    private static async Task DisturbAsync(EngineWorld world, Random dice, int person)
    {
        var email = $"p{person}@example.com";
        var at = world.Clock.Now;
        switch (dice.Next(6))
        {
            case 0: await world.TellAsync(Tell.Unsubscribed(email, at)); break;
            case 1: await world.TellAsync(Tell.Paid(email, $"{person}-{at.ToUnixTimeSeconds()}", 20, at)); break;
            case 2 when await world.Queries.FindAsync(email) is { } customer:
                foreach (var run in (await world.Queries.RunsAsync(customer)).Take(1))
                {
                    var type = dice.Next(2) == 0 ? EventTypes.MessageDelivered : EventTypes.MessageBounced;
                    var about = ContactTests.About(run, type, email, at);
                    var facts = ((EventData.Facts)about.Data!).Values.SetItem("message-id", Keys.Message(run.Run.RunId, "first", 1));
                    // A report only of what the provider has taken: nobody reports on what never came.
                    if (world.AllAsync<MessageRecord>(Kinds.Message).Result.Exists(one => one.RunId == run.Run.RunId && one.Result == "sent")) await world.TellAsync(about with { Data = new EventData.Facts(facts) });
                }

                break;
            default: break;
        }
    }

    private static ProviderFault Roll(Random dice) => dice.Next(100) switch
    {
        < 12 => ProviderFault.LostAnswer,
        < 22 => ProviderFault.Busy,
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

    /// <summary>Pacing whose process can be thrown away.</summary>
    private sealed class Memory(IDocumentStore store, IClock clock, IProgramSource programs) : ISendPacing
    {
        private StorePacing _pacing = Make(store, clock, programs);

        public ContactServices Services => new(Pacing: this);

        public void Restart() => _pacing = Make(store, clock, programs);

        public ValueTask<NotYet?> AskAsync(PacingRequest request, CancellationToken cancellation = default) => _pacing.AskAsync(request, cancellation);

        private static StorePacing Make(IDocumentStore store, IClock clock, IProgramSource programs) =>
            new(store, programs, new Dictionary<string, ProviderQuota>(StringComparer.Ordinal) { ["email"] = new(PerMinute: 2, PerHour: 12) }, clock);
    }

    /// <summary>Every message that a committed run has ever had in its outbox.</summary>
    private sealed class QueuedWatch
    {
        private readonly Lock _gate = new();

        public HashSet<string> Messages { get; } = new(StringComparer.Ordinal);

        public IDocumentStore Around(IDocumentStore store) => new Watched(store, this);

        private void See(DocumentWrite write)
        {
            var (kind, body) = write switch
            {
                DocumentWrite.Create create => (create.Kind, create.Body),
                DocumentWrite.Replace replace => (replace.Kind, replace.Body),
                _ => ("", default),
            };
            if (kind != Kinds.Run) return;
            var run = Core.Serialization.LoyaltyJson.Read<RunDocument>(body.Span);
            lock (_gate)
            {
                foreach (var item in run.Outbox)
                {
                    if (item.Effect is Core.Journeys.RunEffect.Send send) Messages.Add(Keys.Message(run.Run.RunId, send.KeyStep, send.Visit));
                }
            }
        }

        private sealed class Watched(IDocumentStore store, QueuedWatch watch) : PassingStore(store)
        {
            public override async ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
            {
                var outcome = await Inner.CommitAsync(partition, writes, cancellation);
                if (outcome.IsCommitted)
                {
                    foreach (var write in writes) watch.See(write);
                }

                return outcome;
            }
        }
    }
}
