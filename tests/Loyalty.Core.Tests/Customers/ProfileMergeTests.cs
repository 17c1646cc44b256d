using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

public sealed class ProfileMergeTests
{
    private static readonly Instant Day = Shop.Start;

    [Fact]
    public void Fold_FieldsToldAtDifferentTimes_KeepsTheLaterOfEach()
    {
        var early = new EventData.Person { Country = "BG", Locale = "bg-BG", FirstName = "Boyan", UpdatedAt = Day };
        var late = new EventData.Person { Country = "GB", FirstName = " ", UpdatedAt = Day + Duration.FromDays(1) };
        foreach (var told in new[] { new[] { early, late }, [late, early] })
        {
            var customer = told.Aggregate(Empty, static (state, person) => Fold(state, person, Day));
            var person = told.Aggregate(new PersonState { CustomerId = "c1" }, static (state, data) => ProfileMerge.Fold(state, data, Day));
            Assert.Equal(("GB", "bg-BG", "Boyan"), (customer.Profile.Country!.Value, customer.Profile.Locale!.Value, person.FirstName!.Value));
        }
    }

    [Fact]
    public void Fold_SameTimeOtherValue_KeepsTheSameOneInEitherOrder()
    {
        var told = new[] { "BG", "GB", "AT" }.Select(static country => new EventData.Person { Country = country }).ToArray();
        foreach (var order in new[] { new[] { 0, 1, 2 }, [2, 1, 0], [1, 2, 0] })
        {
            var customer = order.Aggregate(Empty, (state, index) => Fold(state, told[index], Day));
            Assert.Equal("GB", customer.Profile.Country!.Value);
        }
    }

    [Fact]
    public void Fold_FirstTouch_IsTheEarliestWhateverCameLater()
    {
        var friend = new EventData.Person { AcquisitionSource = "friend" };
        var ad = new EventData.Person { AcquisitionSource = "ad", Campaign = "spring" };
        var customer = Fold(Fold(Empty, ad, Day + Duration.FromDays(1)), friend, Day);
        Assert.Equal(new FirstTouch(Day, "friend", null), customer.Profile.FirstTouch);
    }

    [Fact]
    public void Fold_ZoneThatDoesNotExist_IsNotTaken() =>
        Assert.Null(Fold(Empty, new EventData.Person { Zone = "Mars/Olympus" }, Day).Profile.Zone);

    [Theory]
    [InlineData(0, true, 1, false, false)]
    [InlineData(1, false, 0, true, false)]
    [InlineData(0, false, 1, true, true)]
    [InlineData(0, true, 0, false, false)]
    [InlineData(0, false, 0, true, false)]
    public void Decide_TwoDecisions_TheLaterCountsAndTheWithdrawalOfEqualOnes(int dayA, bool a, int dayB, bool b, bool expected)
    {
        var consents = ProfileMerge.Decide([], "offers", a, Day + Duration.FromDays(dayA));
        consents = ProfileMerge.Decide(consents, "offers", b, Day + Duration.FromDays(dayB));
        Assert.Equal(expected, ProfileMerge.Consent(Empty with { Consents = consents }, "offers"));
    }

    [Fact]
    public void Consent_GivenAfterEverythingWasWithdrawn_Counts()
    {
        var consents = ProfileMerge.Decide([], TopicConsent.Everything, isGiven: false, Day);
        Assert.False(ProfileMerge.Consent(Empty with { Consents = consents }, "offers"));
        consents = ProfileMerge.Decide(consents, "offers", isGiven: true, Day + Duration.FromDays(1));
        Assert.True(ProfileMerge.Consent(Empty with { Consents = consents }, "offers"));
        Assert.False(ProfileMerge.Consent(Empty with { Consents = consents }, "news"));
    }

    [Fact]
    public void Tags_EmptiedAndNotTold_AreTwoThings()
    {
        var customer = new CustomerState { CustomerId = "c", CreatedAt = Day };
        customer = Fold(customer, new EventData.Person { Tags = ["vip"] }, Day);
        Assert.Equal("vip", Assert.Single(Fold(customer, new EventData.Person(), Day + Duration.FromDays(1)).Profile.Tags!.Value));
        Assert.Empty(Fold(customer, new EventData.Person { Tags = [] }, Day + Duration.FromDays(1)).Profile.Tags!.Value);
        Assert.Single(Fold(customer, new EventData.Person { Tags = [] }, Day - Duration.FromDays(1)).Profile.Tags!.Value);
    }

    [Fact]
    public void Begin_MoreRunsThanAllowed_IsRefusedAndEntriesStayBounded()
    {
        CustomerState? customer = Empty;
        for (var i = 0; i < CustomerLimits.LiveRuns; i++) customer = CustomerJournal.Begin(customer!, new LiveRun($"r{i}", "j", $"k{i}"), "e", Day);
        Assert.Null(CustomerJournal.Begin(customer!, new LiveRun("r", "j", "k"), "e", Day));
        customer = Empty;
        customer = CustomerJournal.End(CustomerJournal.Begin(customer, new LiveRun("w", "welcome", "c1"), "e", Day)!, "w", Day);
        for (var i = 0; i < 300; i++)
            customer = CustomerJournal.End(CustomerJournal.Begin(customer, new LiveRun($"r{i}", "cart", $"k{i}"), "e", Day)!, $"r{i}", Day);
        Assert.Equal((0, CustomerLimits.JourneyEntries), (customer.Runs.Length, customer.Entries.Length));
        Assert.Equal(1, CustomerJournal.EntryOf(customer, "welcome", "c1")!.Count);
        Assert.Null(CustomerJournal.EntryOf(customer, "cart", "k0"));
        Assert.NotNull(CustomerJournal.EntryOf(customer, "cart", "k299"));
    }

    private static CustomerState Fold(CustomerState customer, EventData.Person person, Instant at) =>
        customer with { Profile = ProfileMerge.Fold(customer.Profile, person, at) };

    private static CustomerState Empty { get; } = new() { CustomerId = "c1", CreatedAt = Day };
}
