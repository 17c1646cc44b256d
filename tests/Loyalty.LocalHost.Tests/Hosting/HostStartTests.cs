using System.Net;
using Azure.Messaging.ServiceBus;
using Loyalty.LocalHost.Hosting;
using Loyalty.LocalHost.Queue;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.LocalHost.Tests.Hosting;

public sealed class HostStartTests
{
    public static TheoryData<Type[], string[]> WrongFunctions => new()
    {
        { [typeof(HttpSamples), typeof(SameName)], ["Two functions", "'hello'"] },
        { [typeof(NoTrigger)], ["'Nothing'", "0 triggers"] },
        { [typeof(SameRoute)], ["'One'", "'Two'", "same route"] },
        { [typeof(Competing)], ["'ById'", "'Mine'", "'mine'", "compete"] },
        { [typeof(BadRoute)], ["'Bad'", "malformed route"] },
        { [typeof(BadCron)], ["'Wrong'", "5 fields"] },
        { [typeof(NoSetting)], ["'Unset'", "'Missing'"] },
        { [typeof(NotAnArray)], ["'Single'", "array"] },
    };

    [Theory]
    [MemberData(nameof(WrongFunctions))]
    public async Task Start_WrongFunctions_SaysWhichAndWhy(Type[] types, string[] said)
    {
        var refusal = await RefusalAsync(null, types);

        Assert.All(said, word => Assert.Contains(word, refusal, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{", "not a valid host.json")]
    [InlineData("{}", "\"version\": \"2.0\"")]
    [InlineData("""{ "version": "2.0", "extensions": { "serviceBus": { "prefetchCount": "x" } } }""", "prefetchCount")]
    [InlineData(null, "cannot be read")]
    public async Task Start_WrongHostJson_SaysWhatIsWrong(string? text, string said)
    {
        var folder = Directory.CreateTempSubdirectory("json-");
        var file = Path.Combine(folder.FullName, "host.json");
        if (text is not null) await File.WriteAllTextAsync(file, text);

        var refusal = await RefusalAsync(options => options with { HostJsonPath = file }, typeof(HttpSamples));

        Assert.Contains(said, refusal, StringComparison.Ordinal);
        Assert.Contains("host.json", refusal, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Start_PortInUse_SaysSoAndHowToGoOn()
    {
        await using var first = await HostFixture.StartAsync(null, typeof(HttpSamples));

        var refusal = await RefusalAsync(
            options => options with { Port = first.Host.BaseAddress.Port }, typeof(HttpSamples));

        Assert.Contains($"Port {first.Host.BaseAddress.Port} is in use", refusal, StringComparison.Ordinal);
        Assert.Contains("--port", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ForeignFile_SaysSoAndLeavesItAlone()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, new string('x', 5000));

        var refusal = await RefusalAsync(options => options with { DataFile = file }, typeof(HttpSamples));

        Assert.Contains(file, refusal, StringComparison.Ordinal);
        Assert.Equal(new string('x', 5000), await File.ReadAllTextAsync(file));
        File.Delete(file);
    }

    [Fact]
    public async Task Start_VirtualOnAFileInUse_IsRefusedNamingTheOwner()
    {
        await using var first = await HostFixture.StartAsync(null, typeof(HttpSamples));

        var refusal = await RefusalAsync(options => options with { DataFile = first.File }, typeof(HttpSamples));

        Assert.Contains("held by loyalty host", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SecondHostOnTheFile_ServesHttpStandsByAndTakesOver()
    {
        static FunctionHostOptions Real(FunctionHostOptions options) =>
            options with { Virtual = false, RunClock = true, StandbyPoll = TimeSpan.FromMilliseconds(20) };
        await using var fixture = await HostFixture.StartAsync(
            Real, typeof(HttpSamples), typeof(QueueSamples), typeof(DurableSamples));
        await using var second = await fixture.StartHostAsync(
            Real, typeof(HttpSamples), typeof(QueueSamples), typeof(DurableSamples));
        using var http = new HttpClient { BaseAddress = second.BaseAddress };
        Assert.True(fixture.Host.IsOwner);
        Assert.False(second.IsOwner);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("api/hello/ann")).StatusCode);
        await using var sender = second.Services.GetRequiredService<ServiceBusClient>().CreateSender("plain");
        var busy = await Assert.ThrowsAsync<ServiceBusException>(
            () => sender.SendMessageAsync(new ServiceBusMessage("x")));
        Assert.Equal((ServiceBusFailureReason.ServiceBusy, true), (busy.Reason, busy.IsTransient));

        await fixture.Host.StopAsync();
        await second.WhenOwner;
        await sender.SendMessageAsync(new ServiceBusMessage("y"));
        await fixture.Journal.WhenAsync("batch y");

        Assert.True(second.IsOwner);
    }

    [Fact]
    public async Task Stop_MessagesUnderWay_EndBeforeTheHostAndAreNotRepeated()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(QueueSamples));
        for (var number = 0; number < 20; number++)
            await fixture.Http.PostAsync($"api/send/ordered/s{number}/m{number}", new StringContent($"t{number}"));
        await fixture.Host.Clock.WaitForIdleAsync();
        await fixture.CloseAsync();
        await fixture.OpenAsync(null, typeof(QueueSamples));
        await fixture.Host.Clock.WaitForIdleAsync();

        Assert.Equal(20, fixture.Journal.Lines.Count(line => line.StartsWith("s", StringComparison.Ordinal)));
        Assert.All(fixture.Host.Queues, queue => Assert.Equal(new QueueCounts(0, 0, 0), queue.Counts));
    }

    private static async Task<string> RefusalAsync(
        Func<FunctionHostOptions, FunctionHostOptions>? change, params Type[] types) =>
        (await Assert.ThrowsAsync<HostStartException>(async () =>
        {
            await using var fixture = await HostFixture.StartAsync(change, types);
        })).Message;

    public static class SameName
    {
        [Function("hello")]
        public static IActionResult Other(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "other")] HttpRequest request) =>
            new OkResult();
    }

    public static class NoTrigger
    {
        [Function("Nothing")]
        public static void Nothing(string text) => ArgumentNullException.ThrowIfNull(text);
    }

    public static class SameRoute
    {
        [Function("One")]
        public static IActionResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "same/{a}")] HttpRequest request) =>
            new OkResult();

        [Function("Two")]
        public static IActionResult Two(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", "put", Route = "SAME/{b}")] HttpRequest request) =>
            new OkResult();
    }

    public static class Competing
    {
        [Function("ById")]
        public static IActionResult ById(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/{id}")] HttpRequest request) =>
            new OkResult();

        [Function("Mine")]
        public static IActionResult Mine(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/mine")] HttpRequest request) =>
            new OkResult();
    }

    public static class BadRoute
    {
        [Function("Bad")]
        public static IActionResult Bad(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "a/{b")] HttpRequest request) =>
            new OkResult();
    }

    public static class BadCron
    {
        [Function("Wrong")]
        public static void Wrong([TimerTrigger("* * * * *")] TimerInfo timer) =>
            ArgumentNullException.ThrowIfNull(timer);
    }

    public static class NoSetting
    {
        [Function("Unset")]
        public static void Unset([TimerTrigger("%Missing%")] TimerInfo timer) =>
            ArgumentNullException.ThrowIfNull(timer);
    }

    public static class NotAnArray
    {
        [Function("Single")]
        public static void Single([ServiceBusTrigger("q", IsBatched = true)] ServiceBusReceivedMessage message) =>
            ArgumentNullException.ThrowIfNull(message);
    }
}
