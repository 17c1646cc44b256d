using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;

namespace Loyalty.Connectors;

/// <summary>What a connector makes of a delivery; a closed set.</summary>
public abstract record ConnectorAnswer
{
    private ConnectorAnswer()
    {
    }

    /// <summary>The HTTP status that this answer has on the wire.</summary>
    public int Status => this switch
    {
        Accepted => 202,
        Nothing or Kept => 200,
        Refused refused => RefusalTable.Status(refused.Code),
        _ => throw new InvalidOperationException("An answer without a status."),
    };

    /// <summary>202: store these events, then answer.</summary>
    /// <param name="Events">1 to 100.</param>
    /// <param name="DeliveryKey">The same for every repeat of this delivery.</param>
    public sealed record Accepted(IReadOnlyList<CanonicalEvent> Events, string DeliveryKey) : ConnectorAnswer;

    /// <summary>200: genuine, and nothing follows from it. Count it by reason.</summary>
    /// <param name="Reason">Kebab-case: <c>unknown-topic</c>, <c>test-delivery</c>, <c>test-order</c>,
    /// <c>calculated-refund</c>, <c>failed-refund</c>.</param>
    /// <param name="Detail">E.g. the topic.</param>
    public sealed record Nothing(string Reason, string Detail = "") : ConnectorAnswer;

    /// <summary>
    /// 200: genuine, but it cannot be mapped, and the platform would drop the subscription on an error. Keep the body
    /// with this reason; it can be replayed.
    /// </summary>
    public sealed record Kept(RefusalCode Code, string Detail) : ConnectorAnswer
    {
        /// <summary>The shop that sent it, as events of it name it; null: it cannot be told. What a shop has erased takes its bodies along.</summary>
        public string? Source { get; init; }
    }

    /// <summary>The sender is told what is wrong.</summary>
    public sealed record Refused(RefusalCode Code, string Detail) : ConnectorAnswer;
}
