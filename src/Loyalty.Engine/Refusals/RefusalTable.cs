using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Ledger;

namespace Loyalty.Engine.Refusals;

/// <summary>The one table from a code to the wire: status, title, wire name.</summary>
public static class RefusalTable
{
    /// <summary>Prefix of the <c>type</c> member of a problem; the code follows.</summary>
    public const string TypePrefix = "urn:loyalty:problem:";

    /// <summary>The HTTP status of a refusal.</summary>
    public static int Status(RefusalCode code) => code switch
    {
        RefusalCode.BadSignature or RefusalCode.NoSecret or RefusalCode.StaleTimestamp or RefusalCode.Unauthorized => 401,
        RefusalCode.Forbidden => 403,
        RefusalCode.NotFound => 404,
        RefusalCode.CustomerErased => 410,
        RefusalCode.CustomerRestricted => 409,
        RefusalCode.MethodNotAllowed => 405,
        RefusalCode.Conflict or RefusalCode.IdempotencyKeyReused or RefusalCode.InsufficientPoints or RefusalCode.HoldExpired
            or RefusalCode.KeyConflict or RefusalCode.TooManyHolds or RefusalCode.ApprovalNeeded or RefusalCode.AddressSuppressed or RefusalCode.NotTheirMessage => 409,
        RefusalCode.BodyTooLarge => 413,
        RefusalCode.UnsupportedMediaType => 415,
        RefusalCode.MissingHeader or RefusalCode.MalformedBody or RefusalCode.BodyTooDeep or RefusalCode.InvalidField
            or RefusalCode.TooManyItems or RefusalCode.ReservedType or RefusalCode.CausalLoop or RefusalCode.NoIdentifier
            or RefusalCode.TestOrder or RefusalCode.OrderTooOld or RefusalCode.AmountOutOfRange or RefusalCode.InvalidAmount or RefusalCode.HoldTooLong
            or RefusalCode.ExceedsGrant or RefusalCode.ExceedsRedemption or RefusalCode.UnknownWallet => 422,
        RefusalCode.InFlightNeeded or RefusalCode.NoLanding => 409,
        RefusalCode.OfferClosed or RefusalCode.SoldOut or RefusalCode.LimitReached or RefusalCode.BudgetExhausted or RefusalCode.CodeUsed
            or RefusalCode.CodeExpired or RefusalCode.CodeVoid or RefusalCode.CodeHeld or RefusalCode.CodeNotYours
            or RefusalCode.OfferNotApplicable or RefusalCode.NotCombinable => 409,
        RefusalCode.ProgramInvalid => 422,
        RefusalCode.RateLimited => 429,
        RefusalCode.Unavailable => 503,
        RefusalCode.MalformedRequest => 400,
        RefusalCode.InternalError => 500,
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "A refusal without a status."),
    };

    /// <summary>One short sentence, the same for every occurrence of the code.</summary>
    public static string Title(RefusalCode code) => code switch
    {
        RefusalCode.BadSignature => "The signature does not match the body.",
        RefusalCode.NoSecret => "No secret is set for this connector.",
        RefusalCode.StaleTimestamp => "The signed time is too far from now.",
        RefusalCode.MissingHeader => "A header is missing or malformed.",
        RefusalCode.MethodNotAllowed => "This route takes another method.",
        RefusalCode.BodyTooLarge => "The body is too large.",
        RefusalCode.UnsupportedMediaType => "The content type is not supported.",
        RefusalCode.MalformedBody => "The body cannot be read: it is no JSON, or has a field or a kind of value that is not expected.",
        RefusalCode.BodyTooDeep => "The body is nested too deep.",
        RefusalCode.InvalidField => "A field of the body is not valid.",
        RefusalCode.TooManyItems => "A list in the body is too long.",
        RefusalCode.ReservedType => "Only the program itself tells events of this type.",
        RefusalCode.CausalLoop => "Events have caused each other too often.",
        RefusalCode.Unauthorized => "A valid key is needed.",
        RefusalCode.Forbidden => "The key's role may not do this.",
        RefusalCode.NotFound => "There is no such thing.",
        RefusalCode.NotTheirMessage => "The message went to somebody else.",
        RefusalCode.CustomerErased => "The person was erased.",
        RefusalCode.CustomerRestricted => "The person's data may only be stored.",
        RefusalCode.Conflict => "It was changed by someone else.",
        RefusalCode.ProgramInvalid => "The program's files have errors.",
        RefusalCode.InFlightNeeded => "People are inside: say what happens to them.",
        RefusalCode.NoLanding => "People would have nowhere to go.",
        RefusalCode.IdempotencyKeyReused => "The idempotency key was used with other input.",
        RefusalCode.InsufficientPoints => "The balance does not cover the request.",
        RefusalCode.HoldExpired => "The hold has lapsed.",
        RefusalCode.TooManyHolds => "The wallet has too many open holds.",
        RefusalCode.NoIdentifier => "The event names nobody.",
        RefusalCode.OrderTooOld => "The order is older than orders are kept.",
        RefusalCode.TestOrder => "A test order changes nothing.",
        RefusalCode.AmountOutOfRange => "An amount is out of range.",
        RefusalCode.InvalidAmount => "The number of points is out of range.",
        RefusalCode.HoldTooLong => "A hold may last 30 minutes.",
        RefusalCode.ExceedsGrant => "More would be reversed than was granted.",
        RefusalCode.ExceedsRedemption => "More would be given back than was redeemed.",
        RefusalCode.ApprovalNeeded => "Somebody else has to approve this correction.",
        RefusalCode.AddressSuppressed => "Nothing is sent to this address.",
        RefusalCode.UnknownWallet => "The program has no such wallet.",
        RefusalCode.KeyConflict => "The business key was used with other input.",
        RefusalCode.OfferClosed => "The offer is not open here and now.",
        RefusalCode.SoldOut => "None of the offer is left.",
        RefusalCode.LimitReached => "The customer has as many of the offer as one may have.",
        RefusalCode.BudgetExhausted => "The offer's budget is used up.",
        RefusalCode.CodeUsed => "The code was redeemed.",
        RefusalCode.CodeExpired => "The code's time is over.",
        RefusalCode.CodeVoid => "The code was taken back.",
        RefusalCode.CodeHeld => "Another checkout has the code reserved.",
        RefusalCode.CodeNotYours => "The code belongs to another customer.",
        RefusalCode.OfferNotApplicable => "The offer gives nothing for this order.",
        RefusalCode.NotCombinable => "The offer does not go together with another one on the order.",
        RefusalCode.RateLimited => "Too many requests.",
        RefusalCode.Unavailable => "The service cannot reach its store.",
        RefusalCode.MalformedRequest => "The request cannot be read.",
        RefusalCode.InternalError => "The request failed.",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "A refusal without a title."),
    };

    /// <summary>What to look at and what to do where nothing more is known than the code: which field of the request, which route next.</summary>
    public static string Remedy(RefusalCode code) => code switch
    {
        RefusalCode.MissingHeader => "Send an Idempotency-Key: 1 to 200 printable ASCII characters, a new one for each request.",
        RefusalCode.NotFound => "Nothing is known under the id, code or customerId of the request: look the customer up with GET /customers, take other ids from the answer that made them.",
        RefusalCode.CustomerErased => "Nothing is posted for this person any more; whoever comes back is somebody new.",
        RefusalCode.CustomerRestricted => "Lift the restriction first: DELETE /customers/{id}/restriction.",
        RefusalCode.Conflict => "Read it again and decide anew.",
        RefusalCode.IdempotencyKeyReused => "Idempotency-Key: the same key came with other input before; take a new one for a new request.",
        RefusalCode.KeyConflict => "Idempotency-Key: what it names was posted with other input before; take a new one.",
        RefusalCode.InsufficientPoints => "points: the wallet has fewer that can be spent; GET /customers/{id}/points tells how many.",
        RefusalCode.UnknownWallet => "wallet: the program has none of this name; 'wallets' in program.yaml lists them.",
        RefusalCode.InvalidAmount => string.Create(CultureInfo.InvariantCulture, $"points: 1 to {LedgerLimits.PointsPerEntry:N0} is expected."),
        RefusalCode.ExceedsRedemption => "points: more than the redemption took less what was given back of it; GET /customers/{id}/points/explain shows both.",
        RefusalCode.ExceedsGrant => "points: more than was granted.",
        RefusalCode.TooManyHolds => string.Create(CultureInfo.InvariantCulture, $"The wallet has {LedgerLimits.OpenHolds} open reservations: commit or release one, or wait until one lapses."),
        RefusalCode.HoldExpired => "Nothing is reserved under this id any more: hold again.",
        RefusalCode.HoldTooLong => string.Create(CultureInfo.InvariantCulture, $"minutes: 1 to {LedgerLimits.HoldMinutes} is expected."),
        RefusalCode.ApprovalNeeded => "approvedBy: the name of another person than the actor is expected.",
        RefusalCode.OfferClosed => "The offer's first day has not come, its last is over, or its draw is closed; see 'from' and 'until' in offers.yaml.",
        RefusalCode.SoldOut => "Raise the offer's 'stock', or import more codes into its pool.",
        RefusalCode.LimitReached => "The offer's 'per-customer' is reached; GET /customers/{id}/offers lists the codes that this customer has.",
        RefusalCode.BudgetExhausted => "What is left of the offer's 'budget' does not cover it: raise it, or withdraw the offer.",
        RefusalCode.CodeUsed => "Take another code; GET /customers/{id}/offers lists the customer's.",
        RefusalCode.CodeExpired => "Take another code; GET /customers/{id}/offers lists the customer's.",
        RefusalCode.CodeVoid => "Take another code; GET /customers/{id}/offers lists the customer's.",
        RefusalCode.CodeHeld => "Release that reservation, or try again when it has lapsed, after 30 minutes at most.",
        RefusalCode.CodeNotYours => "customerId: only whom the code was given to may use it; leave it out where the checkout does not know who pays.",
        _ => "docs/reference/errors.md tells what to do.",
    };

    /// <summary>The name on the wire: <c>BadSignature</c> is <c>bad-signature</c>.</summary>
    public static string Name(RefusalCode code) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());

    /// <summary>The RFC 9457 document of a refusal.</summary>
    public static Problem ToProblem(RefusalCode code, string? detail = null, string? instance = null) =>
        new(TypePrefix + Name(code), Title(code), Status(code), detail, instance, Name(code));
}

/// <summary>RFC 9457 problem details, sent as <c>application/problem+json</c>.</summary>
/// <param name="Type">A URI that names the kind of problem.</param>
/// <param name="Title">The same for every occurrence.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What was wrong this time and what to do; no personal data.</param>
/// <param name="Instance">This occurrence, e.g. the trace id.</param>
/// <param name="Code">The code, see <see cref="RefusalCode"/>.</param>
public sealed record Problem(string Type, string Title, int Status, string? Detail, string? Instance, string Code)
{
    public const string ContentType = "application/problem+json";
}
