using System.Collections.Immutable;
using Loyalty.Core.Earning;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Tests.Journeys;

/// <summary>Data that has the name of one of the event's own fields stands in its place; behind <c>envelope</c> they are found always.</summary>
public sealed class RunPathsTests
{
    private static readonly Instant At = Instant.FromUtc(2026, 3, 2, 10, 0);

    private static readonly ImmutableDictionary<string, AttributeValue> Data =
        ImmutableDictionary<string, AttributeValue>.Empty.Add("id", "7").Add("type", "green").Add("at", "noon").Add("envelope.type", "of the data").Add("envelope.size", "A4");

    [Theory]
    [InlineData("id", "7")]
    [InlineData("type", "green")]
    [InlineData("at", "noon")]
    [InlineData("envelope.id", "seminar.rated:1")]
    [InlineData("envelope.type", "seminar.rated")]
    [InlineData("envelope.size", "A4")]
    public void Look_DataNamedAsOwnFields_BothAreReachable(string name, string expected)
    {
        var occurrence = new Occurrence("seminar.rated:1", "seminar.rated", At, Data);
        var occasion = new EarningOccasion
        {
            Trigger = EarningTrigger.Event,
            Key = "event:1",
            EventType = occurrence.Type,
            EventId = occurrence.Id,
            At = At,
            Attributes = Data,
        };

        Assert.Equal(new AttributeValue.Text(expected), RunPaths.Of(occurrence, name));
        Assert.Equal(new AttributeValue.Text(expected), occasion.Look(name));
    }

    [Fact]
    public void Look_Moment_IsTheEventsOwn()
    {
        var occurrence = new Occurrence("seminar.rated:1", "seminar.rated", At, Data);

        Assert.Equal(new AttributeValue.Moment(At), RunPaths.Of(occurrence, "envelope.at"));
        Assert.Equal(new AttributeValue.Moment(At), RunPaths.Of(occurrence with { Attributes = Data.Remove("at") }, "at"));
        Assert.Equal(AttributeValue.None, RunPaths.Of(occurrence, "envelope.none"));
    }
}
