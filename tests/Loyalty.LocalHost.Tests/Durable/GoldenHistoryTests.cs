using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;

namespace Loyalty.LocalHost.Tests.Durable;

/// <summary>
/// Histories under tests/golden/histories were recorded when their behaviour was released; today's code must still be
/// able to replay them. To add
/// one, run these tests with LOYALTY_RECORD_HISTORIES=1 and commit the files that are new.
/// </summary>
public sealed partial class GoldenHistoryTests
{
    private static readonly string Folder = SourceTree.File("tests", "golden", "histories");

    public static TheoryData<string> Files() =>
    [
        .. Directory.GetFiles(Folder, "durable-*.json")
            .Select(file => Path.GetFileName(file))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Replay_RecordedHistory_TodaysCodeDoesTheSame(string file)
    {
        var history = RecordedHistory.Parse(File.ReadAllText(Path.Combine(Folder, file)));

        Assert.NotEmpty(history.Rows);
        Assert.Null(HistoryReplayer.Replay(history, Functions()));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Parse_RecordedHistory_WritesTheSameFile(string file)
    {
        var text = File.ReadAllText(Path.Combine(Folder, file));

        Assert.Equal(text, RecordedHistory.Parse(text).ToJson());
    }

    [Fact]
    public async Task Record_TheSampleRun_IsWhatIsOnFile()
    {
        var recorder = new HistoryRecorder();
        var options = new DurableEngineOptions
        {
            HistoryObserver = recorder,
            MaxConcurrentActivities = 1,
            MaxConcurrentTurns = 1,
        };
        await using var host = await DurableHarness.StartAsync(
            functions => SampleOrchestrators.Register(functions, new EffectLog()), options);
        await host.StartAsync("Order", new SampleOrchestrators.Order("o-1", 1), "o-1");
        await host.RunAsync(VirtualClock.Start.AddDays(3));
        await host.Client.RaiseEventAsync("o-1", "paid", "card");
        await host.RunAsync();
        await host.StartAsync("Tally", new List<string>(), "t-1");
        await host.RunAsync();
        foreach (var item in new[] { "a", "b" })
        {
            await host.Client.RaiseEventAsync("t-1", "item", item);
            await host.RunAsync();
        }

        foreach (var history in recorder.Histories)
        {
            var name = $"durable-{history.Start.Orchestrator.ToLowerInvariant()}-{history.Start.Generation}.json";
            var file = Path.Combine(Folder, name);
            if (Environment.GetEnvironmentVariable("LOYALTY_RECORD_HISTORIES") == "1" && !File.Exists(file))
                await File.WriteAllTextAsync(file, WithoutStacks(history).ToJson());
            Assert.True(File.Exists(file), $"{name} is not on file; see the summary of this class.");
            Assert.Equal(Told(await File.ReadAllTextAsync(file)), Told(WithoutStacks(history).ToJson()));
        }
    }

    [Fact]
    public void Replay_CodeAsksForSomethingElse_SaysWhat()
    {
        var history = RecordedHistory.Parse(File.ReadAllText(Path.Combine(Folder, "durable-ship-0.json")));
        var changed = new DurableFunctions().AddOrchestrator<string, string>("Ship", async (context, id) =>
        {
            await context.CreateTimer(TimeSpan.FromDays(3), CancellationToken.None);
            return await context.CallActivityAsync<string>("Label", id);
        });

        Assert.Contains("Timer", HistoryReplayer.Replay(history, changed), StringComparison.Ordinal);
        Assert.Contains("'Ship'", HistoryReplayer.Replay(history, new DurableFunctions()), StringComparison.Ordinal);
    }

    private static DurableFunctions Functions()
    {
        var functions = new DurableFunctions();
        SampleOrchestrators.Register(functions, new EffectLog());
        return functions;
    }

    /// <summary>Stack traces hold file names of the machine that recorded.</summary>
    internal static RecordedHistory WithoutStacks(RecordedHistory history) => history with
    {
        Rows = [.. history.Rows.Select(row => row.Kind == HistoryKind.TaskFailed
            ? row with
            {
                Payload = Stack().Replace(row.Payload!, string.Empty).Replace(",}", "}", StringComparison.Ordinal),
            }
            : row)],
    };

    /// <summary>
    /// What was answered and what was asked, each in its order. Not which answers a turn found together: of activities that end one after the other, that is a
    /// matter of the machine's load.
    /// </summary>
    internal static IEnumerable<string> Told(string json)
    {
        var history = RecordedHistory.Parse(json);
        var answers = history.Rows.Where(static row => row.Kind != HistoryKind.Turn).Select(static row => $"{row.Kind} {row.TaskId} {row.Name} {row.Payload}");
        var turns = history.Rows.Where(static row => row.Kind == HistoryKind.Turn).SelectMany(static row => JsonNode.Parse(row.Payload!)!.AsObject());
        var asked = turns.Where(static member => member.Key is not ("in" or "at")).SelectMany(static member => Parts(member.Value!)).Select(static part => part!.ToJsonString());
        return [$"{history.Start}", .. answers, .. asked];
    }

    private static IEnumerable<JsonNode?> Parts(JsonNode member) => member as JsonArray ?? Enumerable.Repeat<JsonNode?>(member, 1);

    [GeneratedRegex("\"stack\":\"[^\"]*\",?", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Stack();
}
