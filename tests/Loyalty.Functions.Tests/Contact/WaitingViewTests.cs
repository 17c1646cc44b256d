using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Functions.Http;
using NodaTime;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>Why a message waits, for each way in which it can.</summary>
public sealed class WaitingViewTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 2, 9, 0);

    [Theory]
    [InlineData(OutboxState.Open, null, false, false, false, "due", false)]
    [InlineData(OutboxState.Open, null, true, false, false, "send-window", true)]
    [InlineData(OutboxState.Open, WithholdReasons.QuietHours, true, false, false, "quiet-hours", true)]
    [InlineData(OutboxState.Open, WithholdReasons.FrequencyCap, true, false, false, "frequency-cap", true)]
    [InlineData(OutboxState.Open, WithholdReasons.LowerPriority, true, false, false, "lower-priority", true)]
    [InlineData(OutboxState.Open, WithholdReasons.Budget, true, false, false, "budget", true)]
    [InlineData(OutboxState.Open, WithholdReasons.ProviderQuota, true, false, false, "provider-quota", true)]
    [InlineData(OutboxState.Open, WithholdReasons.ProviderBusy, true, false, false, "provider-busy", true)]
    [InlineData(OutboxState.Open, WithholdReasons.QuietHours, true, true, false, "paused", false)]
    [InlineData(OutboxState.Open, WithholdReasons.QuietHours, true, true, true, "restricted", false)]
    [InlineData(OutboxState.Claimed, WithholdReasons.QuietHours, false, true, true, "handing-over", true)]
    [InlineData(OutboxState.Unknown, null, false, false, false, "outcome-open", true)]
    public void Of_AnOpenMessage_SaysWhyInWords(OutboxState state, string? reason, bool waits, bool isPaused, bool isRestricted, string expected, bool hasMoment)
    {
        var item = new OutboxItem { Effect = Send, QueuedAt = Now, State = state, Reason = reason, NotBefore = waits ? Now + Duration.FromHours(1) : null, LeaseUntil = state == OutboxState.Claimed ? Now : null, UnknownUntil = state == OutboxState.Unknown ? Now : null };
        var view = Assert.Single(WaitingView.Of(Run(item), isPaused, isRestricted));
        Assert.Equal((expected, hasMoment), (view.Reason, view.Until is not null));
        Assert.DoesNotContain("about to", expected == "due" ? "" : view.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_WhatIsSettledOrNoMessage_SaysNothing() =>
        Assert.Empty(WaitingView.Of(Run(new OutboxItem { Effect = Send, QueuedAt = Now, State = OutboxState.Settled, Result = "sent" }), false, false));

    private static RunEffect.Send Send => new("mail", 1, "hello", "offers", false, ImmutableDictionary<string, AttributeValue>.Empty, null, Now + Duration.FromDays(1));

    private static RunDocument Run(OutboxItem item) => new()
    {
        Run = new RunState
        {
            RunId = "r",
            CustomerId = "c",
            Journey = "greet",
            Version = 1,
            KeyValue = "customer",
            EnteredAt = Now,
            Entry = new Occurrence("o", "customer.signed-up", Now, ImmutableDictionary<string, AttributeValue>.Empty),
        },
        Gen = 1,
        Status = RunStatus.Active,
        Outbox = [item],
    };
}
