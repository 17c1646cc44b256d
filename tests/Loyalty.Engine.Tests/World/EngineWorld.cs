using System.Collections.Concurrent;
using Loyalty.Connectors;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Delivery.Mail;
using Loyalty.Delivery.Templates;
using Loyalty.Engine.Audiences;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.Programs;
using Loyalty.Engine.Work;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Engine.Tests.World;

/// <summary>
/// The real use cases on a real SQLite file with the shipped program; the durable engine is a small driver that moves runs as the orchestrator
/// does and can lose starts and pokes.
/// </summary>
internal sealed class EngineWorld : IEventQueue, IRunHands, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-engine-").FullName;
    private readonly SqliteDatabase _database;
    private readonly ConcurrentQueue<EventReference> _queue = new();
    private readonly ConcurrentDictionary<string, byte> _messageIds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Hand> _hands = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _started = new(StringComparer.Ordinal);

    private EngineWorld(Instant start)
    {
        Clock = new TestClock(start);
        _database = SqliteDatabase.Open(new SqliteDatabaseOptions(Path.Combine(_folder, "world.db")) { SurvivesPowerCut = false });
    }

    public TestClock Clock { get; }
    public IDocumentStore Store { get; private set; } = null!;
    public PublishedPrograms Programs { get; private set; } = null!;
    public IntakeService Intake { get; private set; } = null!;
    public EventConsumer Consumer { get; private set; } = null!;
    public ApplyEventUseCase Apply { get; private set; } = null!;
    public AdvanceRunUseCase Turns { get; private set; } = null!;
    public PerformEffectUseCase Effects { get; private set; } = null!;
    public TaskBoard Tasks { get; private set; } = null!;
    public StoreOfferSource Offers { get; private set; } = null!;
    public OfferDesk Counter { get; private set; } = null!;
    public AudienceUseCase Audiences { get; private set; } = null!;

    public AudienceEnrolment Enrolment { get; private set; } = null!;
    public WebhookDesk Desk { get; } = new();
    public DeliverMessageUseCase Deliveries { get; private set; } = null!;
    public DueUseCase Due { get; private set; } = null!;
    public PersonMerger Merger { get; private set; } = null!;
    public PersonResolver People { get; private set; } = null!;
    public CustomerQueries Queries { get; private set; } = null!;
    public OutboxChannel Outbox { get; private set; } = null!;
    /// <summary>What else the minute's sweep works off in a test's world.</summary>
    public Func<Task>? AfterSweep { get; set; }

    public bool LosesPokes { get; set; }
    public bool LosesStarts { get; set; }
    public string OutboxFolder => Path.Combine(_folder, "outbox");

    public static async Task<EngineWorld> StartAsync(
        Instant start,
        IMessageChannel? channel = null,
        Func<IDocumentStore, IDocumentStore>? around = null,
        ProgramText? program = null,
        Func<IClock, Task<IDocumentStore>>? open = null,
        Func<IDocumentStore, IClock, IProgramSource, ContactServices>? contact = null)
    {
        var world = new EngineWorld(start);
        world.Store = open is null ? await SqliteDocumentStore.OpenAsync(world._database, world.Clock) : await open(world.Clock);
        if (around is not null) world.Store = around(world.Store);
        var directory = program?.WriteTo(Path.Combine(world._folder, "program")) ?? ShippedProgram.Directory;
        var load = ProgramLoader.Load(directory);
        Assert.DoesNotContain(load.Findings, static finding => finding.Severity == FindingSeverity.Error);
        world.Programs = await PublishedPrograms.PublishAsync(world.Store, load.Program!);
        var settings = RunProtocolSettings.Default;
        var renderer = new HandlebarsRenderer(
            new FolderTemplateSource(Path.Combine(directory, "templates")), load.Program!.DefaultLocale, load.Program.Zone);
        world.Outbox = new OutboxChannel(world.OutboxFolder, flushToDisk: false);
        world.People = new PersonResolver(world.Store, world.Clock);
        world.Intake = new IntakeService(world.Store, new TwoStepIntakeLog(world.Store, world), world.Clock);
        var announcer = new Announcer(world.Store, world, world.Clock);
        world.Merger = new PersonMerger(world.Store, world.Programs, announcer, settings, world.Clock);
        world.Counter = new OfferDesk(world, settings);
        world.Apply = new ApplyEventUseCase(world.Store, world.Intake, world.People, world.Merger, world.Programs, announcer, world, settings, world.Clock, world.Counter.Reactions, world.Counter.Budgets, suppressions: new SuppressionList(world.Store, world.Clock));
        world.Consumer = new EventConsumer(world.Apply, world, new IntakeCounters(), world.Clock);
        var tallies = new ArmTallies(world.Store, world.Clock);
        world.Turns = new AdvanceRunUseCase(world.Store, world.Programs, tallies, announcer, settings, world.Clock);
        world.Offers = world.Counter.Source;
        world.Tasks = new TaskBoard(world.Store, world.Programs, announcer, settings, world.Clock);
        world.Effects = new PerformEffectUseCase(
            world.Store, world.Programs, world.Desk, world.Offers, tallies, announcer, settings, world.Clock);
        world.Deliveries = new DeliverMessageUseCase(
            world.Store, world.Programs, renderer, channel ?? world.Outbox, world.Merger, announcer, settings, world.Clock,
            contact?.Invoke(world.Store, world.Clock, world.Programs));
        var ticks = new TickCustomerUseCase(world.Store, world.Programs, announcer, settings, world.Clock, world.Counter.Budgets);
        world.Enrolment = new AudienceEnrolment(world.Store, world.Programs, settings, world.Clock);
        world.Audiences = new AudienceUseCase(world.Store, world.Programs, announcer, settings, world.Clock);
        var schedule = new AudienceSchedule(world.Store, world.Programs, world.Clock);
        await schedule.ArmAsync();
        world.Due = new DueUseCase(world.Store, ticks, world.Merger, announcer, world, settings, world.Clock, world.Audiences, schedule, world.Counter.Due);
        world.Queries = new CustomerQueries(world.Store, world.People, world.Programs);
        return world;
    }

    /// <summary>Accepts an event and applies everything that is queued.</summary>
    public async Task TellAsync(CanonicalEvent e)
    {
        await Intake.AcceptAsync(e, IntakeKeys.MessageId(e), IntakeKeys.SessionId(e));
        await ApplyQueuedAsync();
    }

    public async Task ApplyQueuedAsync()
    {
        while (_queue.TryDequeue(out var reference)) Assert.IsType<ConsumeOutcome.Complete>(await Consumer.ConsumeAsync(reference));
    }

    /// <summary>Moves runs until everything waits.</summary>
    public async Task SettleAsync()
    {
        await ApplyQueuedAsync();
        while (_hands.Values.FirstOrDefault(hand => hand.IsPoked || hand.WaitsUntil <= Clock.Now) is { } hand)
        {
            hand.IsPoked = false;
            await MoveAsync(hand);
        }
    }

    /// <summary>Lets time pass as the host does: straight to the next timer or the sweep's next minute with something due.</summary>
    public async Task PassAsync(Duration span)
    {
        var end = Clock.Now + span;
        await SettleAsync();
        Instant? swept = null;
        while (await NextAsync() is { } next)
        {
            // What cannot be worked off now is looked at again in a minute.
            if (next <= swept) next = swept.Value + Duration.FromMinutes(1);
            if (next > end) break;
            Clock.Now = Instant.Max(Clock.Now, next);
            swept = Clock.Now;
            await SweepAsync();
            await SettleAsync();
        }

        Clock.Now = end;
        await SettleAsync();
    }

    /// <summary>The minute's sweep: what is due is taken and moved.</summary>
    public async Task SweepAsync()
    {
        foreach (var batch in await Due.FindAsync())
        {
            foreach (var run in await Due.TakeAsync(batch)) await MoveAsync(new Hand(run));
        }

        if (AfterSweep is { } also) await also();
    }

    /// <summary>The queue's window of duplicate detection has passed: a redelivery reaches the consumer.</summary>
    public void ForgetMessageIds() => _messageIds.Clear();

    /// <summary>All durable instances are gone.</summary>
    public void WipeHands() => _hands.Clear();

    public Task SendAsync(EventReference reference, CancellationToken cancellation = default)
    {
        if (_messageIds.TryAdd(reference.MessageId, 0)) _queue.Enqueue(reference);
        return Task.CompletedTask;
    }

    public Task ScheduleAsync(EventReference reference, Instant at, CancellationToken cancellation = default) => SendAsync(reference, cancellation);

    public Task StartAsync(RunReference run, CancellationToken cancellation = default)
    {
        var id = RunProtocol.InstanceId(run.RunId, run.Gen);
        if (!LosesStarts && _started.TryAdd(id, 0)) _hands[id] = new Hand(run) { IsPoked = true };
        return Task.CompletedTask;
    }

    public Task PokeAsync(RunReference run, CancellationToken cancellation = default)
    {
        if (!LosesPokes && _hands.TryGetValue(RunProtocol.InstanceId(run.RunId, run.Gen), out var hand)) hand.IsPoked = true;
        return Task.CompletedTask;
    }

    /// <summary>All documents of a kind, read back.</summary>
    public async Task<List<T>> AllAsync<T>(string kind) => await Store.ScanAsync<T>(kind).ToListAsync();

    /// <summary>Each wallet is the sum of its entries, and each entry that gives points says by which version of what, and what they will cost.</summary>
    public async Task CheckBooksAsync()
    {
        var entries = (await AllAsync<LedgerEntry>(Kinds.Entry)).ToLookup(static entry => (entry.CustomerId, entry.Wallet));
        Assert.All(entries.SelectMany(static group => group), KeepsItsFacts);
        foreach (var wallet in (await AllAsync<CustomerState>(Kinds.Customer)).SelectMany(static customer => customer.WalletStates))
        {
            Assert.Empty(LedgerBooks.Check(wallet, entries[(wallet.CustomerId, wallet.Name)].OrderBy(static entry => entry.Sequence)));
        }
    }

    /// <summary>A person's correction has a person's words instead of a version; points brought along from another system have neither.</summary>
    private void KeepsItsFacts(LedgerEntry entry)
    {
        if (entry.Type is not (EntryType.Grant or EntryType.Adjust) || entry.Points <= 0) return;
        var cause = entry.Cause;
        if (entry.Type == EntryType.Adjust) Assert.True(cause is { Actor: not null, Reason: not null }, $"{entry.Key} has no actor or reason");
        else if (cause.Reason != "opening-balance") Assert.True(cause is { RuleVersion: > 0 } && (cause.RuleId ?? cause.Reason) is not null, $"{entry.Key} has no version");
        if (cause.RuleId is not null && cause.Reason != "game") Assert.False(cause.Inputs.IsDefaultOrEmpty, $"{entry.Key} has no inputs");
        if (Programs.Current.Model.Wallet(entry.Wallet)?.CostMinor is { } each) Assert.True(cause.CostMinor == entry.Points * each, $"{entry.Key} costs {cause.CostMinor}");
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task MoveAsync(Hand hand)
    {
        var id = RunProtocol.InstanceId(hand.Run.RunId, hand.Run.Gen);
        while (true)
        {
            var report = await Turns.AdvanceAsync(hand.Run, hand.WaitsUntil);
            hand.WaitsUntil = null;
            if (!report.Goes)
            {
                _hands.TryRemove(id, out _);
                return;
            }

            if (!report.HasWork)
            {
                hand.WaitsUntil = InstantPattern.ExtendedIso.Parse(report.WakeAt!).Value;
                _hands[id] = hand;
                return;
            }

            foreach (var item in report.Items) await Deliveries.DeliverAsync(hand.Run, item);
            foreach (var item in report.Calls ?? []) await Effects.PerformAsync(hand.Run, item);
        }
    }

    private async Task<Instant?> NextAsync()
    {
        Instant? next = null;
        foreach (var hand in _hands.Values)
        {
            if (hand.WaitsUntil is { } at && (next is null || at < next)) next = at;
        }

        var due = await Store.ScanDueAsync((await Store.GetFeedRangesAsync())[0], Instant.FromUtc(9000, 1, 1, 0, 0), 1);
        if (due.Count > 0)
        {
            var minute = Instant.FromUnixTimeSeconds((Instant.Max(due[0].WakeAt, Clock.Now).ToUnixTimeSeconds() + 59) / 60 * 60);
            if (next is null || minute < next) next = minute;
        }

        return next;
    }

    private sealed class Hand(RunReference run)
    {
        public RunReference Run { get; } = run;
        public bool IsPoked { get; set; }
        public Instant? WaitsUntil { get; set; }
    }
}
