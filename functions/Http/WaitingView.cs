using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Functions.Http;

/// <summary>A message that has neither gone nor ended, and why, for people to read.</summary>
/// <param name="Template">What.</param>
/// <param name="Step">Of which step.</param>
/// <param name="Channel">How.</param>
/// <param name="QueuedAt">Since when it is to go.</param>
/// <param name="Until">When it is looked at again; null: at once, or when what holds it is lifted.</param>
/// <param name="GiveUpAt">From then on it is of no use and ends as <c>expired</c>.</param>
/// <param name="Reason">One of docs/reference/errors.md, or <c>paused</c>, <c>restricted</c>, <c>handing-over</c>, <c>outcome-open</c>, <c>due</c>.</param>
/// <param name="Why">The same in words.</param>
public sealed record WaitingView(string Template, string Step, string Channel, Instant QueuedAt, Instant? Until, Instant GiveUpAt, string Reason, string Why)
{
    /// <summary>What waits in a run.</summary>
    /// <param name="document">The run.</param>
    /// <param name="isPaused">Its journey is paused.</param>
    /// <param name="isRestricted">The person's data may only be stored.</param>
    public static ImmutableArray<WaitingView> Of(RunDocument document, bool isPaused, bool isRestricted)
    {
        var waiting = ImmutableArray.CreateBuilder<WaitingView>();
        foreach (var item in document.Outbox)
        {
            if (item is not { IsSettled: false, Effect: RunEffect.Send send }) continue;
            var (reason, until) = ReasonOf(item, isPaused, isRestricted);
            waiting.Add(new WaitingView(send.Template, send.Step, send.Channel, item.QueuedAt, until, send.GiveUpAt, reason, Words(reason)));
        }

        return waiting.ToImmutable();
    }

    private static (string Reason, Instant? Until) ReasonOf(OutboxItem item, bool isPaused, bool isRestricted) => item.State switch
    {
        OutboxState.Claimed => ("handing-over", item.LeaseUntil),
        OutboxState.Unknown => ("outcome-open", item.UnknownUntil),
        _ when isRestricted => ("restricted", null),
        _ when isPaused => ("paused", null),
        _ when item.Reason is { } told => (told, item.NotBefore),
        _ => item.NotBefore is { } opening ? (WithholdReasons.SendWindow, opening) : ("due", null),
    };

    private static string Words(string reason) => reason switch
    {
        "handing-over" => "it is being handed to the provider; if no answer comes, the provider is asked what became of it",
        "outcome-open" => "the provider took the call and never answered; a delivery report is awaited, it is not sent again",
        "restricted" => "the person's data may only be stored (restriction)",
        "paused" => "its journey is paused",
        WithholdReasons.SendWindow => "the journey's send window is closed",
        WithholdReasons.QuietHours => "it is quiet where the person lives",
        WithholdReasons.FrequencyCap => "the person had as many messages in this period as a cap allows",
        WithholdReasons.LowerPriority => "a message of higher priority to this person waits for the last place under a cap",
        WithholdReasons.Budget => "the program's budget of messages on this channel is used up",
        WithholdReasons.ProviderQuota => "the provider's quota is used up; it has a turn",
        WithholdReasons.ProviderBusy => "the provider takes nothing just now",
        _ => "it is about to be handed over",
    };
}
