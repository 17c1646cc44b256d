namespace Loyalty.Engine.Refusals;

/// <summary>
/// Why a request was refused. The wire name is kebab-case (<c>bad-signature</c>); meaning, remedy and HTTP status of
/// each stand in
/// <see cref="RefusalTable"/> and in docs/reference/errors.md. A code is never renamed or reused.
/// </summary>
public enum RefusalCode
{
    /// <summary>
    /// The signature does not match the raw body under any of the connector's secrets, or there is none.
    /// </summary>
    BadSignature,

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

    /// <summary>Events of the program have caused each other too many times in a row.</summary>
    CausalLoop,

    /// <summary>No key, or a key nobody knows.</summary>
    Unauthorized,

    /// <summary>The key is known but its role may not do this.</summary>
    Forbidden,

    /// <summary>There is no such thing.</summary>
    NotFound,

    /// <summary>Someone else was faster; read again and decide anew.</summary>
    Conflict,

    /// <summary>The idempotency key was used with other input.</summary>
    IdempotencyKeyReused,

    /// <summary>The balance does not cover the request.</summary>
    InsufficientPoints,

    /// <summary>The hold has lapsed.</summary>
    HoldExpired,

    /// <summary>Too many requests; come back after the time in Retry-After.</summary>
    RateLimited,

    /// <summary>The store or the bus cannot be reached; the same request may be sent again.</summary>
    Unavailable,
}
