using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Functions.Runs;
using Loyalty.LocalHost.Durable;

namespace Loyalty.LocalHost.Tests.Durable;

/// <summary>
/// The program's own orchestrations. Histories under tests/golden/histories (program-*.json) were recorded when their behaviour was released: whatever
/// waits in somebody's task hub replays them, so an orchestrator that asks for something else would strand it. A wanted change gets a new name for
/// the orchestrator (or waits until no old instance lives), never a new recording under the old name. To add a scenario, run with
/// LOYALTY_RECORD_HISTORIES=1 and commit the files that are new.
/// </summary>
public sealed class ProgramHistoryTests
{
    private static readonly string Folder = SourceTree.File("tests", "golden", "histories");
    private static readonly RunReference Run = new("c1", "r1", 3);

    public static TheoryData<string> Files() =>
    [
        .. Directory.GetFiles(Folder, "program-*.json").Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Replay_RecordedHistory_TodaysOrchestratorDoesTheSame(string file)
    {
        var history = RecordedHistory.Parse(File.ReadAllText(Path.Combine(Folder, file)));

        Assert.NotEmpty(history.Rows);
        Assert.Null(HistoryReplayer.Replay(history, Orchestrators(new DurableFunctions())));
    }

    [Fact]
    public void Replay_OrchestratorThatAsksForSomethingElse_SaysWhat()
    {
        var history = RecordedHistory.Parse(File.ReadAllText(Path.Combine(Folder, "program-journey-0.json")));
        var changed = new DurableFunctions().AddOrchestrator(nameof(JourneyOrchestrator), static async context =>
        {
            await context.CallActivityAsync<DeliveryReport>(nameof(RunActivities.DeliverMessage), new DeliverRequest(Run, "hello:1"));
            return null;
        });

        Assert.Contains(nameof(RunActivities.DeliverMessage), HistoryReplayer.Replay(history, changed), StringComparison.Ordinal);
    }

    [Fact]
    public Task Record_Journey_DeliversIsPokedWaitsAndEnds() => RecordAsync("journey", async (host, script) =>
    {
        script.Turns(
            new TurnReport(true, At(0), ["hello:1", "offer:1"]),
            new TurnReport(true, At(2), []),
            new TurnReport(true, At(3), []),
            TurnReport.Ended);
        await host.StartAsync(nameof(JourneyOrchestrator), Run, "r1:3");
        await host.RunAsync(VirtualClock.Start.AddHours(1));
        await host.Client.RaiseEventAsync("r1:3", JourneyOrchestrator.Poke);
        await host.RunAsync();
    });

    [Fact]
    public Task Record_JourneyOfManyTurns_ContinuesAsNew() => RecordAsync("long-journey", async (host, script) =>
    {
        script.Turns([.. Enumerable.Range(1, 21).Select(static hour => new TurnReport(true, At(hour), [])), TurnReport.Ended]);
        await host.StartAsync(nameof(JourneyOrchestrator), Run, "r1:3");
        await host.RunAsync();
    });

    [Fact]
    public Task Record_JourneyWhoseActivitiesFail_IsNotedAndGivenBack() => RecordAsync("failing-journey", async (host, script) =>
    {
        script.Turns(new TurnReport(true, At(0), ["hello:1"]));
        script.FailsDeliveries = true;
        await host.StartAsync(nameof(JourneyOrchestrator), Run, "r1:3");
        await host.RunAsync();
    });

    [Fact]
    public Task Record_Sweep_TakesTurnsDeliversAndHandsOn() => RecordAsync("sweep", async (host, script) =>
    {
        script.Taken = [new RunReference("c1", "a", 2), new RunReference("c2", "b", 5), new RunReference("c3", "d", 9)];
        script.TurnsOf("a", TurnReport.Ended);
        script.TurnsOf("b", new TurnReport(true, At(0), ["hello:1"]), TurnReport.Ended);
        script.TurnsOf("d", new TurnReport(true, At(2), []));
        var batch = new DueBatch([new DueItem("c1", "run-a", "run"), new DueItem("c2", "run-b", "run"), new DueItem("c3", "run-d", "run"), new DueItem("c4", "customer", "customer")]);
        await host.StartAsync(nameof(SweepOrchestrator), batch, "sweep:1:0");
        await host.RunAsync();
    });

    private static async Task RecordAsync(string name, Func<DurableHarness, Script, Task> scenario)
    {
        var recorder = new HistoryRecorder();
        var script = new Script();
        var options = new DurableEngineOptions { HistoryObserver = recorder, MaxConcurrentActivities = 1, MaxConcurrentTurns = 1 };
        await using var host = await DurableHarness.StartAsync(functions => script.Register(Orchestrators(functions)), options);
        await scenario(host, script);
        foreach (var history in recorder.Histories)
        {
            var file = Path.Combine(Folder, $"program-{name}-{history.Start.Generation}.json");
            var text = GoldenHistoryTests.WithoutStacks(history).ToJson();
            if (Environment.GetEnvironmentVariable("LOYALTY_RECORD_HISTORIES") == "1" && !File.Exists(file)) await File.WriteAllTextAsync(file, text);
            Assert.True(File.Exists(file), $"{Path.GetFileName(file)} is not on file; see the summary of this class.");
            Assert.Equal(GoldenHistoryTests.Told(await File.ReadAllTextAsync(file)), GoldenHistoryTests.Told(text));
        }
    }

    private static DurableFunctions Orchestrators(DurableFunctions functions) => functions
        .AddOrchestrator(nameof(JourneyOrchestrator), static async context =>
        {
            await JourneyOrchestrator.RunAsync(context, context.GetInput<RunReference>()!);
            return null;
        })
        .AddOrchestrator(nameof(SweepOrchestrator), static async context =>
        {
            await SweepOrchestrator.RunAsync(context, context.GetInput<DueBatch>()!);
            return null;
        });

    private static string At(int hour) => VirtualClock.Start.AddHours(hour).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Activities that answer what the scenario says.</summary>
    private sealed class Script
    {
        private readonly Dictionary<string, Queue<TurnReport>> _turns = new(StringComparer.Ordinal);

        public List<RunReference> Taken { get; set; } = [];

        public bool FailsDeliveries { get; set; }

        public void Turns(params TurnReport[] reports) => TurnsOf(Run.RunId, reports);

        public void TurnsOf(string run, params TurnReport[] reports) => _turns[run] = new Queue<TurnReport>(reports);

        public void Register(DurableFunctions functions) => functions
            .AddActivity<AdvanceRequest, TurnReport>(nameof(RunActivities.AdvanceRun), (_, request) => Task.FromResult(Next(request!.Run.RunId))!)
            .AddActivity<DeliverRequest, DeliveryReport>(nameof(RunActivities.DeliverMessage), (_, _) =>
                FailsDeliveries ? throw new TimeoutException("the provider does not answer") : Task.FromResult(DeliveryReport.Settled)!)
            .AddActivity<FailRequest, TurnReport>(nameof(RunActivities.FailRun), static (_, _) => Task.FromResult(TurnReport.Ended)!)
            .AddActivity<DueBatch, List<RunReference>>(nameof(RunActivities.TakeDue), (_, _) => Task.FromResult(Taken)!)
            .AddActivity<List<RunReference>, object>(nameof(RunActivities.HandOnRuns), static (_, _) => Task.FromResult<object?>(null)!);

        /// <summary>Beyond the scenario every turn throws.</summary>
        private TurnReport Next(string run) =>
            _turns[run].TryDequeue(out var report) ? report : throw new InvalidOperationException("the turn failed");
    }
}
