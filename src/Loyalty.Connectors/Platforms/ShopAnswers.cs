using Loyalty.Connectors.Json;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;

namespace Loyalty.Connectors.Platforms;

/// <summary>What becomes of a body that was fetched.</summary>
internal static class ShopAnswers
{
    /// <summary>Its events with their keys, or why there are none.</summary>
    public static ShopReading Accept(Mapped mapped, Problems problems)
    {
        if (problems.Any) return new ShopReading.Refused("shop-answer-unmapped", problems.Detail!);
        return mapped.Nothing is { } nothing
            ? new ShopReading.Nothing(nothing)
            : new ShopReading.Found([.. mapped.Events.Select(static e => new AcceptedEvent(e, IntakeKeys.MessageId(e), IntakeKeys.SessionId(e)))]);
    }
}
