namespace Loyalty.Core;

/// <summary>Why the program refused something. A refusal is an answer, not an error; each code is documented for whoever meets it.</summary>
public enum RefusalCode
{
    /// <summary>The event names nobody; it is kept and counted, and belongs to nobody.</summary>
    NoIdentifier,

    /// <summary>A test order of the platform changes nothing.</summary>
    TestOrder,

    /// <summary>An order or cart with a negative amount, more than 1,000 lines, or goods of more than 10^13 minor units.</summary>
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

    /// <summary>The program has no wallet of this name.</summary>
    UnknownWallet,
}
