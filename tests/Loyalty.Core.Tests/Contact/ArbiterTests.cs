using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Tests.Contact;

/// <summary>The arbiter's reasons in their stated order.</summary>
public sealed class ArbiterTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 3, 10, 0);
    private static readonly DateTimeZone Sofia = DateTimeZoneProviders.Tzdb["Europe/Sofia"];

    /// <summary>Everything that can speak against a message, in the stated order; each case has this reason and all later ones.</summary>
    private static readonly (string Reason, Func<ContactInput, ContactInput> Spoil)[] Order =
    [
        ("erased", static i => Remember(i, c => c with { ErasedAt = Now })),
        ("gave-up", static i => i),
        ("no-address", static i => i with { Address = null }),
        ("suppressed", static i => i with { IsSuppressed = true }),
        ("no-consent", static i => i with { Customer = i.Customer with { Consents = [new TopicConsent("*", false, Now)] } }),
        ("topic-off", static i => i with { Customer = i.Customer with { Consents = [new TopicConsent("offers", false, Now)] } }),
        ("held-out", static i => i with { IsHeldOut = true }),
        ("duplicate", static i => Remember(i with { Policy = i.Policy with { RepeatAfter = CalendarDuration.Days(1) } }, c => ContactState.Note(c, Sent("other", "tea", Now - Duration.FromHours(2))))),
        ("quiet-hours", static i => i with { Policy = i.Policy with { Quiet = new QuietHours(new LocalTime(11, 0), new LocalTime(13, 0)) } }),
        ("frequency-cap", static i => Remember(
            i with { Policy = i.Policy with { Caps = [new FrequencyCap(1, CapPeriod.Day)] } }, c => ContactState.Note(c, Sent("more", "cake", Now - Duration.FromHours(1))))),
        ("lower-priority", static i => i with { Policy = i.Policy with { Caps = [new FrequencyCap(3, CapPeriod.Week)] }, Ahead = [Tea(), Tea(), Tea()] }),
    ];

    public static TheoryData<string> Reasons() => [.. Order.Select(static one => one.Reason)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Judge_ThisAndEverythingAfterIt_SaysThisReason(string reason)
    {
        var from = Array.FindIndex(Order, one => one.Reason == reason);
        // Applied from the last on: those that set the same field are overwritten by the earlier one, as it decides.
        var input = Order[from..].Reverse().Aggregate(Fine(), static (i, one) => one.Spoil(i));
        var send = Tea() with { GiveUpAt = from <= 1 ? Now : Now + Duration.FromDays(3) };

        Assert.Equal(reason, ReasonOf(Arbiter.Judge(send, input)));
    }

    [Fact]
    public void Judge_NothingAgainstIt_Goes() => Assert.IsType<Verdict.Go>(Arbiter.Judge(Tea(), Fine()));

    [Fact]
    public void Judge_Transactional_IsStoppedByErasureAndSuppressionAlone()
    {
        var send = Tea() with { IsTransactional = true, Topic = null };
        Assert.IsType<Verdict.Go>(Arbiter.Judge(send, Order[4..].Reverse().Aggregate(Fine(), static (i, one) => one.Spoil(i))));
        Assert.Equal("suppressed", ReasonOf(Arbiter.Judge(send, Fine() with { IsSuppressed = true })));
        Assert.Equal("erased", ReasonOf(Arbiter.Judge(send, Order[0].Spoil(Fine()))));
    }

    [Theory]
    [InlineData("quiet-hours")]
    [InlineData("frequency-cap")]
    [InlineData("lower-priority")]
    public void Judge_NotNowAndTheStepSaysDrop_IsWithheldWithTheReason(string reason)
    {
        var input = Order.Single(one => one.Reason == reason).Spoil(Fine());
        Assert.IsType<Verdict.NotNow>(Arbiter.Judge(Tea(), input));
        Assert.Equal(new Verdict.Withheld(reason), Arbiter.Judge(Tea() with { DropsIfNotNow = true }, input));
        Assert.Equal(new Verdict.Expired(reason), Arbiter.Judge(Tea() with { GiveUpAt = Now + Duration.FromMinutes(1) }, input));
    }

    [Fact]
    public void Judge_CapIsFull_WaitsForTheNextLocalDayInsideWindowAndOutsideQuietHours()
    {
        var input = Order.Single(static one => one.Reason == "frequency-cap").Spoil(Fine()) with
        {
            Window = new SendWindow(Weekdays.All, new LocalTime(9, 30), new LocalTime(20, 0)),
        };
        input = input with { Policy = input.Policy with { Quiet = new QuietHours(new LocalTime(21, 0), new LocalTime(8, 0)) } };

        var notNow = Assert.IsType<Verdict.NotNow>(Arbiter.Judge(Tea(), input));

        Assert.Equal(new LocalDateTime(2026, 3, 4, 9, 30), notNow.Until.InZone(Sofia).LocalDateTime);
    }

    /// <summary>It was queued inside the window; now the person's clock says something else, or the journey was paused over night.</summary>
    [Fact]
    public void Judge_OutsideTheWindow_WaitsForItAndIsDroppedForNoReason()
    {
        var input = Fine() with { Window = new SendWindow(Weekdays.All, new LocalTime(9, 30), new LocalTime(20, 0)), Now = Instant.FromUtc(2026, 3, 3, 1, 0) };
        var opening = new LocalDateTime(2026, 3, 3, 9, 30).InZoneStrictly(Sofia).ToInstant();
        var send = Tea() with { GiveUpAt = opening + Duration.FromHours(1) };

        Assert.Equal(new Verdict.NotNow(opening, WithholdReasons.SendWindow), Arbiter.Judge(send, input));
        Assert.Equal(new Verdict.NotNow(opening, WithholdReasons.SendWindow), Arbiter.Judge(send with { DropsIfNotNow = true }, input));
        Assert.Equal(new Verdict.Expired(WithholdReasons.GaveUp), Arbiter.Judge(send with { GiveUpAt = opening }, input));
        Assert.IsType<Verdict.Go>(Arbiter.Judge(send with { IsTransactional = true, Topic = null }, input));
        Assert.IsType<Verdict.Go>(Arbiter.Judge(send, input with { Now = opening }));
    }

    /// <summary>What a cap does not count takes no place under it.</summary>
    [Theory]
    [InlineData("offers", null, true)]
    [InlineData("news", null, false)]
    [InlineData("offers", "sms", false)]
    public void Judge_AMoreImportantMessageWaits_CountsWhereTheCapCountsIt(string topic, string? channel, bool waits)
    {
        var input = Fine() with { Policy = new ContactPolicy { Caps = [new FrequencyCap(1, CapPeriod.Week) { Topic = "offers", Channel = "email" }] }, Ahead = [Tea() with { Topic = topic, OtherChannel = channel }] };
        Assert.Equal(waits ? "lower-priority" : null, Arbiter.Judge(Tea(), input) is Verdict.Go ? null : ReasonOf(Arbiter.Judge(Tea(), input)));
    }

    [Fact]
    public void Judge_HighestCapOfATopicBesideManyMessagesOnOthers_StillCountsAllOfIt()
    {
        var offers = Enumerable.Range(0, FrequencyCap.Most).Select(static i => Sent($"offer:{i}", "tea", Now - Duration.FromHours(48) + Duration.FromMinutes(i)));
        var news = Enumerable.Range(0, 3 * FrequencyCap.Most).Select(static i => Sent($"news:{i}", "cake", Now - Duration.FromHours(24) + Duration.FromMinutes(i)) with { Topic = "news" });
        var input = Remember(
            Fine() with { Policy = new ContactPolicy { Caps = [new FrequencyCap(FrequencyCap.Most, CapPeriod.Month, "offers")] } },
            c => offers.Concat(news).Aggregate(c, static (state, one) => ContactState.Note(state, one)));

        Assert.Equal("frequency-cap", ReasonOf(Arbiter.Judge(Tea(), input)));
    }

    [Theory]
    [InlineData("Ann@Пример.рф")]
    [InlineData("ann@XN--e1afmkfd.xn--p1ai")]
    [InlineData(" ann@пример.рф ")]
    public void Judge_MailboxThatIsSuppressedUnderAnotherSpelling_IsSuppressed(string address)
    {
        var input = Remember(Fine() with { Address = address }, static c => ContactState.Suppress(c, "email", "ann@пример.рф", SuppressionReasons.Complaint, Now));

        Assert.Equal("suppressed", ReasonOf(Arbiter.Judge(Tea(), input)));
    }

    [Fact]
    public void Judge_AgainAfterAnEarlierClaimOfItsOwn_DoesNotCountItself()
    {
        var input = Remember(Fine() with { Policy = new ContactPolicy { Caps = [new FrequencyCap(1, CapPeriod.Day)], RepeatAfter = CalendarDuration.Days(3) } }, c =>
            ContactState.Note(c, Sent("own", "tea", Now - Duration.FromMinutes(3))));
        Assert.IsType<Verdict.Go>(Arbiter.Judge(Tea(), input));
    }

    [Theory]
    [InlineData("offers", "email", null)]
    [InlineData("offers", "sms", "no-consent")]
    [InlineData("news", "email", "topic-off")]
    [InlineData("news", "sms", null)]
    [InlineData("tips", "email", "no-consent")]
    public void Refusal_ByTopicAndChannel_EachIsAskedForItself(string topic, string channel, string? expected)
    {
        var customer = Fine().Customer with
        {
            Consents =
            [
                new TopicConsent("news", false, Now), new TopicConsent("offers", true, Now), new TopicConsent("sms/news", true, Now), new TopicConsent("tips", false, Now) { IsPending = true },
            ],
        };
        Assert.Equal(expected, Consents.Refusal(customer, topic, channel));
    }

    [Fact]
    public void Refusal_EverythingWithdrawnLater_HoldsOnEveryChannel()
    {
        var customer = Fine().Customer with
        {
            Consents = [new TopicConsent("*", false, Now), new TopicConsent("offers", true, Now), new TopicConsent("sms/offers", true, Now - Duration.FromDays(1))],
        };
        Assert.Equal("no-consent", Consents.Refusal(customer, "offers", "email"));
        Assert.Equal("no-consent", Consents.Refusal(customer, "offers", "sms"));
    }

    /// <summary>Every cap, in every zone: a year of messages as fast as they may go, counted by the local calendar.</summary>
    [Theory]
    [InlineData("Europe/Sofia")]
    [InlineData("America/New_York")]
    [InlineData("Pacific/Apia")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("America/Sao_Paulo")]
    [InlineData("Africa/Cairo")]
    public void Judge_AYearOfMessages_NeverMoreThanTheCaps(string zoneId)
    {
        var zone = DateTimeZoneProviders.Tzdb[zoneId];
        var policy = new ContactPolicy
        {
            Caps = [new FrequencyCap(2, CapPeriod.Day), new FrequencyCap(5, CapPeriod.Week), new FrequencyCap(12, CapPeriod.Month)],
            Quiet = new QuietHours(new LocalTime(21, 0), new LocalTime(8, 0)),
        };
        var customer = Fine().Customer;
        var sent = new List<LocalDateTime>();
        var now = Instant.FromUtc(2026, 1, 1, 0, 0);
        for (var i = 0; i < 400; i++)
        {
            var send = Tea() with { GiveUpAt = now + Duration.FromDays(400) };
            while (true)
            {
                var input = Fine() with { Customer = customer, Policy = policy, Zone = zone, Now = now, Key = $"run:{i}" };
                if (Arbiter.Judge(send, input) is not Verdict.NotNow notNow) break;
                Assert.True(notNow.Until > now);
                now = notNow.Until;
            }

            customer = customer with { Contact = ContactState.Note(customer.Contact, Sent($"run:{i}", "tea", now)) };
            sent.Add(now.InZone(zone).LocalDateTime);
            now += Duration.FromMinutes(7 * i % 200);
        }

        Assert.True(sent.GroupBy(static at => at.Date).Max(static day => day.Count()) <= 2);
        Assert.Equal(5, sent.GroupBy(static at => at.Date.PlusDays(1 - (int)at.Date.DayOfWeek)).Max(static week => week.Count()));
        Assert.Equal(12, sent.GroupBy(static at => (at.Year, at.Month)).Max(static month => month.Count()));
        Assert.DoesNotContain(sent, static at => at.Hour is >= 21 or < 8);
    }

    private static string ReasonOf(Verdict verdict) => verdict switch
    {
        Verdict.NotNow notNow => notNow.Reason,
        Verdict.Withheld withheld => withheld.Reason,
        Verdict.Expired expired => expired.Reason,
        _ => "goes",
    };

    private static ContactInput Fine() => new()
    {
        Customer = new CustomerState { CustomerId = "c", CreatedAt = Now, Consents = [new TopicConsent("offers", true, Now - Duration.FromDays(9))] },
        Key = "own",
        Address = "ann@example.com",
        Zone = Sofia,
        Now = Now,
    };

    private static ContactInput Remember(ContactInput input, Func<ContactState, ContactState> remember) =>
        input with { Customer = input.Customer with { Contact = remember(input.Customer.Contact ?? new ContactState()) } };

    private static ContactSent Sent(string key, string template, Instant at) => new(key, template, "offers", "email", at);

    private static RunEffect.Send Tea() => new(
        "mail", 1, "tea", "offers", false, ImmutableDictionary<string, AttributeValue>.Empty, null, Now + Duration.FromDays(3));
}
