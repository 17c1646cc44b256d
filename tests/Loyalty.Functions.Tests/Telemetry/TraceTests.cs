using System.Collections.Concurrent;
using System.Diagnostics;
using Loyalty.Engine.Telemetry;
using Loyalty.Functions.Tests.Webhooks;
using NodaTime;

namespace Loyalty.Functions.Tests.Telemetry;

/// <summary>One trace from webhook to mail, over the queue and the run's document; and the ids that every answer tells.</summary>
public sealed class TraceTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Caller = $"00-{Trace}-00f067aa0ba902b7-01";

    [Fact]
    public async Task Webhook_ToMail_IsOneTrace()
    {
        using var spans = new Spans();
        var body = ShopPayloads.Customer(7001, "trace@example.com", "2026-03-02T14:59:00Z");
        Assert.Equal("202", (await program.ShopifyAsync("customers/create", body, request => request.Set("traceparent", Caller))).Summary);
        await program.SettleAsync();

        var ours = spans.Of(Trace);
        Assert.Equal(["process customer-events", "run turn", "send customer-events", "send mail"], ours.Select(static one => one.OperationName).Distinct().Order(StringComparer.Ordinal));
        var mail = Assert.Single(ours, static one => one.OperationName == "send mail");
        Assert.Equal("accepted", mail.GetTagItem("loyalty.message.outcome"));
        Assert.Equal("welcome", mail.GetTagItem("loyalty.template"));
        // Up from the mail: the turn that queued it, the event, its message, the webhook's caller.
        var path = new List<string>();
        for (var one = mail; one is not null; one = ours.SingleOrDefault(parent => parent.SpanId == one.ParentSpanId))
        {
            if (path.LastOrDefault() != one.OperationName) path.Add(one.OperationName);
        }

        Assert.Equal(["send mail", "run turn", "process customer-events", "send customer-events"], path);
        Assert.DoesNotContain(ours.SelectMany(static one => one.TagObjects), static tag => tag.Value?.ToString()?.Contains('@', StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task TimerDaysLater_BeginsItsOwnTraceWithALink()
    {
        using var spans = new Spans();
        const string Earlier = "0af7651916cd43dd8448eb211c80319c";
        var body = ShopPayloads.Customer(7002, "later@example.com", "2026-03-02T14:59:00Z");
        await program.ShopifyAsync("customers/create", body, request => request.Set("traceparent", $"00-{Earlier}-00f067aa0ba902b7-01"));
        await program.SettleAsync();
        var before = spans.Of(Earlier).Count;

        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromDays(14));

        Assert.Equal(before, spans.Of(Earlier).Count);
        Assert.Contains(spans.All, one => one.OperationName == "run turn" && one.Links.Any(static link => link.Context.TraceId.ToHexString() == Earlier));
    }

    [Theory]
    [InlineData("api/health", 200)]
    [InlineData("api/customers/nobody", 404)]
    public async Task Answers_GoodAndBad_TellTheTraceOfTheCaller(string path, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Set("Authorization", "Bearer " + ProgramFixture.KeyOf("admin"));
        request.Set("traceparent", Caller);
        using var answer = await program.Http.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(Trace, Assert.Single(answer.Headers.GetValues("x-correlation-id")));
        Assert.StartsWith($"00-{Trace}-", Assert.Single(answer.Headers.GetValues("traceparent")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_WithoutACallersTrace_HaveOneOfTheirOwn()
    {
        using var first = await program.Http.GetAsync("api/health");
        using var second = await program.Http.GetAsync("api/customers?email=nobody@example.com");

        Assert.Equal(401, (int)second.StatusCode);
        var ids = new[] { first, second }.Select(static answer => answer.Headers.GetValues("x-correlation-id").Single()).ToList();
        Assert.All(ids, static id => Assert.Matches("^[0-9a-f]{32}$", id));
        Assert.NotEqual(ids[0], ids[1]);
    }

    [Fact]
    public async Task Nothing_IsCarried_WhereTheCallerDoesNotRecord()
    {
        using var spans = new Spans();
        const string Unrecorded = "5b8aa5a2d2c872e8321cf37308d69df2";
        var body = ShopPayloads.Customer(7003, "quiet@example.com", "2026-03-02T14:59:00Z");
        await program.ShopifyAsync("customers/create", body, request => request.Set("traceparent", $"00-{Unrecorded}-00f067aa0ba902b7-00"));
        await program.SettleAsync();

        Assert.All(spans.Of(Unrecorded), static one => Assert.False(one.Recorded));
    }

    /// <summary>Listens to the program's spans as an exporter does; sampled as the caller says.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly ActivityListener _listener;

        public Spans()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = static source => source.Name == Tracing.SourceName,
                Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
                    options.Parent == default || options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.PropagationData,
                ActivityStopped = _ended.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public IReadOnlyList<Activity> All => [.. _ended];

        public IReadOnlyList<Activity> Of(string trace) => [.. _ended.Where(one => one.TraceId.ToHexString() == trace)];

        public void Dispose() => _listener.Dispose();
    }
}
