namespace Loyalty.Core.Events;

/// <summary>The canonical event types (docs/reference/events.md).</summary>
public static class EventTypes
{
    public const string CustomerSignedUp = "customer.signed-up";
    public const string CustomerUpdated = "customer.updated";
    public const string CustomerMerged = "customer.merged";
    public const string CustomerConsentChanged = "customer.consent-changed";
    public const string CustomerErasureRequested = "customer.erasure-requested";
    public const string CustomerDataRequested = "customer.data-requested";
    public const string CustomerErased = "customer.erased";
    public const string ShopErasureRequested = "shop.erasure-requested";

    /// <summary>Something of a shop changed and has to be fetched; never applied to anybody.</summary>
    public const string ShopChanged = "shop.changed";
    public const string CartUpdated = "cart.updated";
    public const string CartAbandoned = "cart.abandoned";
    public const string OrderPlaced = "order.placed";
    public const string OrderPaid = "order.paid";
    public const string OrderUpdated = "order.updated";
    public const string OrderFulfilled = "order.fulfilled";
    public const string OrderRefunded = "order.refunded";
    public const string OrderCancelled = "order.cancelled";
    public const string MessageDelivered = "message.delivered";
    public const string MessageOpened = "message.opened";
    public const string MessageClicked = "message.clicked";
    public const string MessageBounced = "message.bounced";
    public const string MessageComplained = "message.complained";
    public const string MessageReplied = "message.replied";
    public const string MessageUnsubscribed = "message.unsubscribed";
    public const string FeedbackGiven = "feedback.given";
    public const string CustomerStageChanged = "customer.stage-changed";
    public const string CustomerReorderDue = "customer.reorder-due";
    public const string CustomerInactive = "customer.inactive";
    public const string PointsExpiring = "points.expiring";
}
