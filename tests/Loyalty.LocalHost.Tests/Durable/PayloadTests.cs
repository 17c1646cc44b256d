using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class PayloadTests
{
    private sealed record Sample(string Id, int Count, DateTime At, IReadOnlyList<string> Names, Nested? Inner);

    private sealed record Nested(decimal Amount, bool Flag);

    private static readonly Sample Value = new(
        "i-1", 3, VirtualClock.Start, ["ä", "\"б\"", ""], new Nested(12.50m, true));

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Payload_RecordThroughEveryDoor_ComesBackEqual(int hot)
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<Sample, List<Sample>>("All", async (context, input) =>
                [
                    input!,
                    await context.CallActivityAsync<Sample>("Echo", input),
                    await context.CallSubOrchestratorAsync<Sample>("Child", input),
                    await context.WaitForExternalEvent<Sample>("item"),
                ])
                .AddOrchestrator<Sample, Sample>("Child", (_, input) => Task.FromResult(input!))
                .AddActivity<Sample, Sample>("Echo", (_, input) => Task.FromResult(input!)),
            new DurableEngineOptions { MaxHotInstances = hot });
        var id = await host.StartAsync("All", Value);
        await host.Client.RaiseEventAsync(id, "item", Value);
        await host.RunAsync();

        var output = (await host.GetAsync(id)).ReadOutputAs<List<Sample>>()!;
        Assert.Equal(4, output.Count);
        Assert.All(output, sample => Assert.Equivalent(Value, sample, strict: true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Payload_NullThroughEveryDoor_ComesBackNull(int hot)
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<Sample, List<bool>>("All", async (context, input) =>
                [
                    input is null,
                    await context.CallActivityAsync<Sample?>("Echo", input) is null,
                    await context.WaitForExternalEvent<Sample?>("item") is null,
                ])
                .AddActivity<Sample, Sample?>("Echo", (_, input) => Task.FromResult(input)),
            new DurableEngineOptions { MaxHotInstances = hot });
        var id = await host.StartAsync("All");
        await host.Client.RaiseEventAsync(id, "item");
        await host.RunAsync();

        Assert.Equal([true, true, true], (await host.GetAsync(id)).ReadOutputAs<List<bool>>());
    }

    [Fact]
    public async Task Payload_ChangedAfterItWasHandedOver_TheOtherSideDoesNotSeeIt()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, int>("Share", async (context, _) =>
            {
                var list = new List<int> { 1 };
                var calling = context.CallActivityAsync<int>("Count", list);
                list.Add(2);
                return await calling;
            })
            .AddActivity<List<int>, int>("Count", (_, list) => Task.FromResult(list!.Count)));

        Assert.Equal(1, (await host.RunToEndAsync("Share")).ReadOutputAs<int>());
    }

    [Theory]
    [InlineData("input", "input of orchestrator 'Big'")]
    [InlineData("activity", "input of activity 'Take'")]
    [InlineData("result", "result of activity 'Give'")]
    [InlineData("output", "output of orchestrator 'Big'")]
    [InlineData("sub", "input of sub-orchestration 'Big'")]
    [InlineData("status", "custom status of 'Big'")]
    [InlineData("next", "next input of 'Big'")]
    [InlineData("send", "event 'item'")]
    [InlineData("raise", "event 'item'")]
    public async Task Payload_OneByteMoreThan8Kb_IsRefusedNamingWhose(string door, string named)
    {
        foreach (var (length, fits) in new[] { (8190, true), (8191, false) })
        {
            // A string's JSON is its letters and two quotes.
            var text = new string('x', length);
            await using var host = await DurableHarness.StartAsync(functions => functions
                .AddOrchestrator<string, string>("Big", async (context, input) =>
                {
                    switch (input)
                    {
                        case "activity": await context.CallActivityAsync("Take", text); break;
                        case "result": await context.CallActivityAsync<string>("Give"); break;
                        case "output": return text;
                        case "sub": await context.CallSubOrchestratorAsync("Big", text); break;
                        case "status": context.SetCustomStatus(text); break;
                        case "next": context.ContinueAsNew(text); break;
                        case "send": context.SendEvent("other", "item", text); break;
                    }

                    return "fits";
                })
                .AddActivity<string, string>("Take", (_, _) => Task.FromResult("taken"))
                .AddActivity<string, string>("Give", (_, _) => Task.FromResult(text)));
            string? message;
            if (door is "input" or "raise")
            {
                var failure = await Record.ExceptionAsync(() =>
                    door == "input" ? host.StartAsync("Big", text) : host.Client.RaiseEventAsync("any", "item", text));
                message = failure is null ? null : Assert.IsType<PayloadTooLargeException>(failure).Message;
            }
            else
            {
                message = (await host.RunToEndAsync("Big", door)).FailureDetails?.ErrorMessage;
            }

            if (fits) Assert.Null(message);
            else Assert.Contains(
                $"payload of the {named}".Replace("the event", "event", StringComparison.Ordinal),
                message!,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Payload_EightKilobytesOfUmlauts_IsMeasuredInBytes()
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions.AddOrchestrator<string, int>("Length", (_, input) => Task.FromResult(input!.Length)),
            new DurableEngineOptions
            {
                PayloadJson = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping },
            });

        Assert.Equal(4095, (await host.RunToEndAsync("Length", new string('ä', 4095))).ReadOutputAs<int>());
        await Assert.ThrowsAsync<PayloadTooLargeException>(() => host.StartAsync("Length", new string('ä', 4096)));
    }

    [Fact]
    public async Task Payload_ActivityAnswersAnotherType_AwaiterFails()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, int>("Mistyped", (context, _) => context.CallActivityAsync<int>("Text"))
            .AddActivity<string, string>("Text", (_, _) => Task.FromResult("text")));

        var ended = await host.RunToEndAsync("Mistyped");

        Assert.Equal(typeof(System.Text.Json.JsonException).FullName, ended.FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task CallActivity_OptionsGivenAsInput_IsRefusedWithAHint()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, int>(
                "Slip", (context, _) => context.CallActivityAsync<int>("Any", (object)new TaskOptions())));

        Assert.Contains(
            "options", (await host.RunToEndAsync("Slip")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}
