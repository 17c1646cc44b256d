using System.Text;
using System.Text.Json;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Functions.Runs;
using Loyalty.LocalHost.Durable;

namespace Loyalty.Functions.Tests.Runs;

/// <summary>
/// What lies in histories and queues while a new version is deployed: its JSON may not change unnoticed. A changed golden file means that instances
/// under way are read by code that did not write them.
/// </summary>
public sealed class PayloadTests
{
    private static readonly JsonSerializerOptions Durable = DurableEngineOptions.DefaultPayloadJson;
    private static readonly RunReference Run = new("c0123456789abcdefghjkm", "0123456789abcdefghjkmnpqrs", 7);

    public static readonly TheoryData<string, object> Payloads = new()
    {
        { "run-reference", Run },
        { "advance-request", new AdvanceRequest(Run, "2026-03-02T15:00:00.123456789Z") },
        { "advance-request-without-timer", new AdvanceRequest(Run, null) },
        { "deliver-request", new DeliverRequest(Run, "say-hello:1") },
        { "fail-request", new FailRequest(Run, "System.InvalidOperationException") },
        { "turn-report", new TurnReport(true, "2026-03-05T15:00:00Z", ["say-hello:1", "tell-points:1"]) },
        { "turn-report-ended", TurnReport.Ended },
        { "delivery-report", new DeliveryReport("2026-03-02T15:05:00Z") },
        { "delivery-report-settled", DeliveryReport.Settled },
        { "edits-reference", new Engine.Publishing.EditsReference("welcome", 3) },
        { "due-batch", new DueBatch([new DueItem(Run.CustomerId, Keys.CustomerId, Kinds.Customer), new DueItem(Run.CustomerId, Keys.Run(Run.RunId), Kinds.Run)]) },
    };

    [Theory]
    [MemberData(nameof(Payloads))]
    public void DurablePayload_AsTheEngineWritesIt_IsTheGoldenFile(string name, object payload)
    {
        var written = JsonSerializer.Serialize(payload, payload.GetType(), Durable);

        AssertGolden(name, written);
        var read = JsonSerializer.Deserialize(written, payload.GetType(), Durable);
        Assert.Equal(written, JsonSerializer.Serialize(read, payload.GetType(), Durable));
    }

    [Theory]
    [InlineData("event-reference", 0)]
    [InlineData("event-reference-later-attempt", 3)]
    public void EventReference_AsTheQueueCarriesIt_IsTheGoldenFile(string name, int attempts)
    {
        var reference = new EventReference(new string('m', 32), new string('s', 26));
        for (var i = 0; i < attempts; i++) reference = reference.Next();

        var written = LoyaltyJson.Write(reference);

        AssertGolden(name, Encoding.UTF8.GetString(written));
        Assert.Equal(reference, LoyaltyJson.Read<EventReference>(written));
        Assert.Equal(new string('m', 32), reference.IntakeId);
    }

    [Fact]
    public void FullBatch_OfTheLongestIds_StaysBelowTheBound()
    {
        // The longest a customer id can be (an id of the caller's own), the longest document id, the longest kind.
        var customer = new string('9', Engine.Identity.PersonResolver.MaxOwnId);
        var run = Core.Journeys.JourneyEntry.RunId(customer, "welcome", "key", "entry");
        var items = Enumerable.Repeat(new DueItem(customer, Keys.Marker(SomeEvent()), Kinds.Customer), DueUseCase.BatchSize).ToList();
        var runs = Enumerable.Repeat(new RunReference(customer, run, int.MaxValue), DueUseCase.BatchSize).ToList();

        Assert.InRange(Bytes(new DueBatch(items)), 1, DurableEngineOptions.PayloadBytes - 1);
        Assert.InRange(Bytes(runs), 1, DurableEngineOptions.PayloadBytes - 1);
    }

    [Fact]
    public void OneRun_WithTheLongestNames_StaysFarBelowTheBound()
    {
        var run = Run with { CustomerId = new string('9', Engine.Identity.PersonResolver.MaxOwnId), Gen = int.MaxValue };

        Assert.InRange(Bytes(new DeliverRequest(run, new string('s', 40) + ":" + int.MaxValue)), 1, 1024);
        Assert.InRange(Bytes(new AdvanceRequest(run, "2026-03-02T15:00:00.123456789Z")), 1, 1024);
    }

    private static Core.Events.CanonicalEvent SomeEvent() => new()
    {
        Id = "1",
        Source = "test",
        Type = "x",
        Time = ProgramFixture.Morning,
        ReceivedAt = ProgramFixture.Morning,
        Identifiers = [],
        Data = new Core.Events.EventData.Facts(System.Collections.Immutable.ImmutableDictionary<string, Core.AttributeValue>.Empty),
    };

    private static int Bytes<T>(T payload) => JsonSerializer.SerializeToUtf8Bytes(payload, Durable).Length;

    /// <summary>Set UPDATE_GOLDEN=1 to write a file anew after reading the difference.</summary>
    private static void AssertGolden(string name, string actual)
    {
        var path = SourceTree.File("tests", "golden", "payloads", name + ".json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual + "\n", new UTF8Encoding(false));
        }

        Assert.True(File.Exists(path), $"tests/golden/payloads/{name}.json is missing; run once with UPDATE_GOLDEN=1 and read it.");
        Assert.Equal(File.ReadAllText(path).TrimEnd(), actual);
    }
}
