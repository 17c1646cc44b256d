using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

/// <summary>What is kept of entries whose goal can still come, and that it stays bounded.</summary>
public sealed class GoalJournalTests
{
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 2, 10, 0);
    private static readonly CustomerState Ann = new() { CustomerId = "c1", CreatedAt = Day };

    [Fact]
    public void Begin_WithAKeyThatEntersAgain_FollowsTheRunBeforeAndKeepsTheCount()
    {
        var customer = Enter(Enter(Enter(Ann, "r1", 0), "r2", 1), "r3", 2);

        Assert.Equal(["r1", "r2"], customer.Followed!.Value.Select(static one => one.RunId));
        Assert.Equal(("r3", 3), (Assert.Single(customer.Entries).RunId, customer.Entries[0].Count));
    }

    [Fact]
    public void Begin_RunBeforeHasReachedItsGoal_IsNotFollowed()
    {
        var customer = Enter(Ann, "r1", 0);
        customer = Enter(customer with { Entries = [customer.Entries[0] with { Goal = new GoalWindow(1, null) }] }, "r2", 1);

        Assert.Null(customer.Followed);
    }

    [Fact]
    public void Begin_MoreEntriesThanAreKept_FollowsTheOneThatLeavesWhileItsGoalIsOpen()
    {
        var customer = Ann;
        for (var i = 0; i <= CustomerLimits.JourneyEntries; i++) customer = Enter(customer, $"r{i}", i * 0.01, key: $"cart-{i}");

        Assert.Equal(CustomerLimits.JourneyEntries, customer.Entries.Length);
        Assert.Equal("r0", Assert.Single(customer.Followed!.Value).RunId);
    }

    [Fact]
    public void Begin_ForYears_KeepsNoMoreThanTheBound()
    {
        var customer = Ann;
        for (var i = 0; i < 1000; i++) customer = Enter(customer, $"r{i}", i, days: 4000);

        Assert.Equal(CustomerLimits.OpenGoals, customer.Followed!.Value.Length);
        Assert.False(GoalJournal.HasRoom(customer, Day + Duration.FromDays(1000)));
    }

    [Fact]
    public void Begin_EntryStoredBeforeThereWereWindows_IsFollowedForAsLongAsTheNext()
    {
        const string stored = """
            {"customerId":"c1","createdAt":"2026-03-02T10:00:00Z","knownSince":"2026-03-02T10:00:00Z",
             "entries":[{"runId":"old","journey":"trial","key":"c1","entryId":"e0","at":"2026-03-02T10:00:00Z","count":4,"endedAt":"2026-03-02T11:00:00Z"}]}
            """;
        var customer = Enter(LoyaltyJson.Read<CustomerState>(System.Text.Encoding.UTF8.GetBytes(stored)), "new", 3);

        Assert.Equal(new FollowedRun("old", "trial", new GoalWindow(1, Day + Duration.FromDays(30))), Assert.Single(customer.Followed!.Value));
        Assert.Equal(5, Assert.Single(customer.Entries).Count);
    }

    [Fact]
    public void Followed_WrittenAndRead_IsTheSame()
    {
        var customer = Enter(Enter(Ann, "r1", 0), "r2", 1);
        var json = LoyaltyJson.Write(customer);

        Assert.Contains("""
            "followed":[{"runId":"r1","journey":"trial","goal":{"version":1,"until":"2026-04-01T10:00:00Z"}}]
            """.Trim(), System.Text.Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(customer.Followed!.Value.AsEnumerable(), LoyaltyJson.Read<CustomerState>(json).Followed!.Value);
        Assert.DoesNotContain("followed", System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(Ann)), StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_BothHaveEntered_TheGoalOfEachEntryStaysOpen()
    {
        var stays = Enter(Enter(Ann, "a1", 0), "a2", 1);
        var goes = Enter(Enter(Ann with { CustomerId = "c2" }, "b1", 0, key: "c2"), "b2", 2, key: "c2");
        var joined = RunMerge.Join(stays, goes, [], Day + Duration.FromDays(3), RunProtocolSettings.Default);

        Assert.Equal("b2", Assert.Single(joined.Entries).RunId);
        Assert.Equal(["a1", "a2", "b1"], joined.Followed!.Value.Select(static one => one.RunId).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(30, 30, true)]
    [InlineData(30, 120, true)]
    [InlineData(30, 121, false)]
    [InlineData(40, 40, false)]
    public void MayHold_ByWhenItOccurredAndWhenItIsTold(int occurred, int told, bool expected) => Assert.Equal(
        expected, new GoalWindow(1, Day + Duration.FromDays(30)).MayHold(Day + Duration.FromDays(occurred), Day + Duration.FromDays(told)));

    private static CustomerState Enter(CustomerState customer, string runId, double day, string key = "c1", int days = 30)
    {
        var at = Day + Duration.FromDays(day);
        var begun = CustomerJournal.Begin(
            customer, new LiveRun(runId, "trial", key), "e-" + runId, at, goal: new GoalWindow(1, at + Duration.FromDays(days)));
        return CustomerJournal.End(begun!, runId, at);
    }
}
