using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>What the hand that moves a run does next, as the durable engine carries it.</summary>
/// <param name="Goes">True: the hand goes on with this run; false: finished, parked, held, superseded or gone.</param>
/// <param name="WakeAt">When to look again (ISO 8601), if <paramref name="Goes"/>.</param>
/// <param name="Items">Messages that can be handed over now, by priority.</param>
public sealed record TurnReport(bool Goes, string? WakeAt, IReadOnlyList<string> Items)
{
    /// <summary>Other outbox items that can be done now; null: none.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Calls { get; init; }

    /// <summary>Something can be handed over or done now.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool HasWork => Items.Count > 0 || Calls is { Count: > 0 };

    /// <summary>The hand ends.</summary>
    public static TurnReport Ended { get; } = new(false, null, []);

    internal static TurnReport Of(NextMove turn) =>
        turn.Goes
            ? new TurnReport(true, NodaTime.Text.InstantPattern.ExtendedIso.Format(turn.WakeAt!.Value), turn.Items) { Calls = turn.Calls }
            : Ended;
}

/// <summary>What the hand that moves a run does next.</summary>
/// <param name="Goes">True: the hand goes on with this run; false: finished, parked, held, superseded or gone.</param>
/// <param name="WakeAt">When to look again, if <paramref name="Goes"/>.</param>
/// <param name="Items">Messages that can be handed over now, by priority.</param>
public sealed record NextMove(bool Goes, Instant? WakeAt, IReadOnlyList<string> Items)
{
    /// <summary>Other outbox items that can be done now; null: none.</summary>
    public IReadOnlyList<string>? Calls { get; init; }

    /// <summary>Something can be handed over or done now.</summary>
    public bool HasWork => Items.Count > 0 || Calls is { Count: > 0 };

    /// <summary>The marker of what is to be announced before the hand goes on; null: nothing.</summary>
    internal string? MarkerId { get; init; }

    /// <summary>The hand ends.</summary>
    public static NextMove Ended { get; } = new(false, null, []);

    internal static NextMove Of(RunDocument document, Instant now)
    {
        if (document.Status != RunStatus.Active) return Ended;
        OutboxItem? send = null;
        List<OutboxItem>? sends = null;
        List<string>? calls = null;
        foreach (var item in document.Outbox)
        {
            if (item.IsSettled || item.DueAt(now) > now) continue;
            if (item.Effect is not RunEffect.Send) (calls ??= []).Add(item.Key);
            else if (send is null) send = item;
            else (sends ??= [send]).Add(item);
        }

        string[] items = send is null ? [] : sends is null ? [send.Key] : [.. sends.OrderByDescending(static item => ((RunEffect.Send)item.Effect).Priority).Select(static item => item.Key)];
        return new NextMove(true, RunProtocol.NextMoment(document, now), items) { Calls = calls };
    }
}
