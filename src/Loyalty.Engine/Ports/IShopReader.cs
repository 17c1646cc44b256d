using Loyalty.Core.Events;
using Loyalty.Engine.Intake;
using NodaTime;

namespace Loyalty.Engine.Ports;

/// <summary>
/// Reads a shop's interface where its webhooks do not tell everything: a platform that sends ids only, or leaves the lines of a refund out.
/// Called by the consumer of the queue, never before a webhook is answered; a failure is repeated by the queue's own rule.
/// </summary>
public interface IShopReader
{
    /// <summary>The platform whose <see cref="EventTypes.ShopChanged"/> this reader takes, e.g. <c>bigcommerce</c>.</summary>
    string Platform { get; }

    /// <summary>Fetches what the event points at and makes canonical events of it.</summary>
    /// <param name="told">An event of type <see cref="EventTypes.ShopChanged"/>.</param>
    /// <param name="cancellation">Gives up; the event can be read again.</param>
    Task<ShopReading> ReadAsync(CanonicalEvent told, CancellationToken cancellation);
}

/// <summary>What a shop's interface answered; a closed set.</summary>
public abstract record ShopReading
{
    private ShopReading()
    {
    }

    /// <summary>These events are accepted as if they had been delivered. The same content always gives the same ids.</summary>
    public sealed record Found(IReadOnlyList<AcceptedEvent> Events) : ShopReading;

    /// <summary>Nothing follows from it (it is gone, or is no order yet); counted by reason.</summary>
    public sealed record Nothing(string Reason) : ShopReading;

    /// <summary>Not now: unreachable, busy, an error of the server.</summary>
    /// <param name="Detail">For people.</param>
    /// <param name="After">When to ask again, as the shop told; null: by the queue's own rule.</param>
    public sealed record Later(string Detail, Duration? After = null) : ShopReading;

    /// <summary>Asking again would not help (a wrong token, a body that cannot be mapped): to the dead letters, from where it can be replayed.</summary>
    public sealed record Refused(string Reason, string Detail) : ShopReading;
}
