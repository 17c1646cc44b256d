namespace Loyalty.Core;

/// <summary>
/// Why the program refused something. A refusal is an answer, not an error. The wire name is kebab-case (<c>bad-signature</c>); meaning, remedy
/// and HTTP status of each stand in Loyalty.Engine's <c>RefusalTable</c> and in docs/reference/errors.md. A code is never renamed or reused.
/// </summary>
public enum RefusalCode
{
    /// <summary>The event names nobody; it is kept and counted, and belongs to nobody.</summary>
    NoIdentifier,

    /// <summary>A test order of the platform changes nothing.</summary>
    TestOrder,

    /// <summary>The order was placed longer ago than orders are kept, and nothing of it is stored.</summary>
    OrderTooOld,

    /// <summary>An order or cart with a negative quantity, tax or total, more than 1,000 lines, or goods of more than 10^13 minor units.</summary>
    AmountOutOfRange,

    /// <summary>More than 16 events of the program's own in a row: journeys that start each other for ever.</summary>
    CausalLoop,

    /// <summary>Points to post must be between 1 and <see cref="Ledger.LedgerLimits.PointsPerEntry"/>.</summary>
    InvalidAmount,

    /// <summary>The available balance is smaller than what was asked for.</summary>
    InsufficientPoints,

    /// <summary>The key was used before with another input.</summary>
    KeyConflict,

    /// <summary>The hold has lapsed, was released, or never was.</summary>
    HoldExpired,

    /// <summary>A hold may last at most 30 minutes.</summary>
    HoldTooLong,

    /// <summary>The wallet has 20 open holds already.</summary>
    TooManyHolds,

    /// <summary>More would be reversed than was granted.</summary>
    ExceedsGrant,

    /// <summary>More would be given back than was redeemed.</summary>
    ExceedsRedemption,

    /// <summary>The correction is above the limit and nobody else has approved it.</summary>
    ApprovalNeeded,

    /// <summary>The address is suppressed: it bounced for good, its owner complained, or it stands on the imported list.</summary>
    AddressSuppressed,

    /// <summary>The program has no wallet of this name.</summary>
    UnknownWallet,

    /// <summary>The offer is not open: before its first day, after its last, or redeemed elsewhere.</summary>
    OfferClosed,

    /// <summary>None of the offer is left.</summary>
    SoldOut,

    /// <summary>The customer has as many of the offer as one may have.</summary>
    LimitReached,

    /// <summary>The offer's budget does not cover it.</summary>
    BudgetExhausted,

    /// <summary>The code was redeemed.</summary>
    CodeUsed,

    /// <summary>The code's time is over.</summary>
    CodeExpired,

    /// <summary>The code was taken back.</summary>
    CodeVoid,

    /// <summary>Another checkout has the code reserved.</summary>
    CodeHeld,

    /// <summary>The code belongs to another customer.</summary>
    CodeNotYours,

    /// <summary>The offer gives nothing for this order.</summary>
    OfferNotApplicable,

    /// <summary>The offer does not go together with another one on the order.</summary>
    NotCombinable,

    /// <summary>The signature does not match the raw body under any of the connector's secrets, or there is none.</summary>
    BadSignature,

    /// <summary>Nothing is set that a delivery of the connector could be verified with, so every one is refused.</summary>
    NoSecret,

    /// <summary>The signed time is more than the tolerance away from now.</summary>
    StaleTimestamp,

    /// <summary>A header the connector needs is missing or malformed.</summary>
    MissingHeader,

    /// <summary>The route takes another method.</summary>
    MethodNotAllowed,

    /// <summary>The body is larger than the connector takes.</summary>
    BodyTooLarge,

    /// <summary>The content type is not one the connector reads.</summary>
    UnsupportedMediaType,

    /// <summary>The body is no JSON (or no UTF-8).</summary>
    MalformedBody,

    /// <summary>The body is nested deeper than the connector takes.</summary>
    BodyTooDeep,

    /// <summary>A field is missing, of the wrong type, or out of its range.</summary>
    InvalidField,

    /// <summary>A list in the body has more items than the connector takes.</summary>
    TooManyItems,

    /// <summary>The event type is one that only the program itself tells.</summary>
    ReservedType,

    /// <summary>No key, or a key nobody knows.</summary>
    Unauthorized,

    /// <summary>The key is known but its role may not do this.</summary>
    Forbidden,

    /// <summary>There is no such thing.</summary>
    NotFound,

    /// <summary>A mail takes back what came by a message that went to somebody else.</summary>
    NotTheirMessage,

    /// <summary>The person was erased: nothing is known of them any more, and what happened before is not taken.</summary>
    CustomerErased,

    /// <summary>The person's data may only be stored: they asked for it, and nobody has lifted it.</summary>
    CustomerRestricted,

    /// <summary>Someone else was faster; read again and decide anew.</summary>
    Conflict,

    /// <summary>The program's files have errors; the findings say which.</summary>
    ProgramInvalid,

    /// <summary>People are inside the journey that is to be published, and nobody has said what happens to them.</summary>
    InFlightNeeded,

    /// <summary>An edit removes the step people stand at and everything that could follow it.</summary>
    NoLanding,

    /// <summary>The idempotency key was used with other input.</summary>
    IdempotencyKeyReused,

    /// <summary>Too many requests; come back after the time in Retry-After.</summary>
    RateLimited,

    /// <summary>The store or the bus cannot be reached; the same request may be sent again.</summary>
    Unavailable,

    /// <summary>The HTTP request itself cannot be read: its framing, its length, or it stopped in the middle.</summary>
    MalformedRequest,

    /// <summary>A fault of the program; its log has the reason.</summary>
    InternalError,
}
