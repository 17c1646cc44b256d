using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Journeys;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Tests.Journeys;

public sealed class StepRecordDictionaryTests
{
    private static readonly Instant At = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Fact]
    public void Json_SeveralSteps_IsThatOfASortedDictionary()
    {
        var records = StepRecordDictionary.Empty.SetItem("wait", Record(1)).SetItem("Ask", Record(2)).SetItem("end-it", Record(1));

        var written = LoyaltyJson.Write(records);

        var known = new Dictionary<string, StepRecord>(StringComparer.Ordinal) { ["wait"] = Record(1), ["Ask"] = Record(2), ["end-it"] = Record(1) };
        Assert.Equal(Text(LoyaltyJson.Write(known.ToImmutableSortedDictionary(StringComparer.Ordinal))), Text(written));
        Assert.Equal(Text(written), Text(LoyaltyJson.Write(LoyaltyJson.Read<StepRecordDictionary>(written))));
    }

    [Fact]
    public void Json_WrittenInAnotherOrder_ReadsTheSameRecords()
    {
        var one = new Dictionary<string, StepRecord>(StringComparer.Ordinal) { ["b"] = Record(2), ["c"] = Record(3), ["a"] = Record(1) };

        var read = LoyaltyJson.Read<StepRecordDictionary>(LoyaltyJson.Write(one));

        Assert.Equal(["a", "b", "c"], read.Keys);
        Assert.Equal([1, 2, 3], read.Values.Select(static record => record.Visits));
    }

    [Fact]
    public void Json_OfARunWithoutSteps_LeavesThemOutAsADocument()
    {
        var run = new RunState
        {
            RunId = "r",
            CustomerId = "c",
            Journey = "j",
            Version = 1,
            KeyValue = "",
            Entry = new Occurrence("e", "e", At, ImmutableDictionary<string, AttributeValue>.Empty),
            EnteredAt = At,
        };

        Assert.DoesNotContain("\"steps\"", Text(LoyaltyJson.WriteDocument(run)), StringComparison.Ordinal);
        var begun = LoyaltyJson.WriteDocument(run with { Steps = run.Steps.SetItem("a", Record(1)) });
        Assert.Contains("\"steps\":{\"a\":{", Text(begun), StringComparison.Ordinal);
        Assert.Same(StepRecordDictionary.Empty, LoyaltyJson.Read<RunState>(LoyaltyJson.WriteDocument(run)).Steps);
    }

    [Fact]
    public void SetItem_KnownStep_TakesItsPlaceAndLeavesTheOldRecordsAlone()
    {
        var before = StepRecordDictionary.Empty.SetItem("a", Record(1)).SetItem("b", Record(1));

        var after = before.SetItem("a", Record(2));

        Assert.Equal((2, 1), (after["a"].Visits, after["b"].Visits));
        Assert.Equal((2, 1), (after.Count, before["a"].Visits));
    }

    [Fact]
    public void Remove_KnownAndUnknown_LeavesTheRest()
    {
        var records = StepRecordDictionary.Empty.SetItem("a", Record(1)).SetItem("b", Record(2));

        Assert.Equal(["b"], records.Remove("a").Keys);
        Assert.Same(records, records.Remove("c"));
    }

    [Fact]
    public void Find_UnknownStep_IsNullAndTheIndexerSaysSo()
    {
        var records = StepRecordDictionary.Empty.SetItem("a", Record(1));

        Assert.Null(records.Find("b"));
        Assert.False(records.TryGetValue("b", out _));
        Assert.Contains("'b'", Assert.Throws<KeyNotFoundException>(() => records["b"]).Message, StringComparison.Ordinal);
    }

    private static StepRecord Record(int visits) => new() { Visits = visits, StartedAt = At, Result = "sent" };

    private static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);
}
