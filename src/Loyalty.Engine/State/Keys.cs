using Loyalty.Core;
using Loyalty.Core.Events;

namespace Loyalty.Engine.State;

/// <summary>Names of partitions and documents: the one place where they are written down.</summary>
public static class Keys
{
    public const string CustomerId = "customer";
    public const string PersonId = "person";
    public const string OwnerId = "owner";
    public const string MergeId = "merge";
    public const string MarkerPrefix = "marker-";
    public const string AbsorbedPrefix = "absorbed-";
    public const string EntryPrefix = "entry-";
    public const string RunPrefix = "run-";
    public const string MessagePrefix = "message-";
    public const string OrderPrefix = "order-";
    public const string AudienceId = "audience";
    public const string EnrolmentId = "enrolment";
    public const string TaskPrefix = "task-";
    public const string CodePrefix = "code-";
    public const string ConsentPrefix = "consent-";
    public const string FeedbackPrefix = "feedback-";
    public const string ReferralId = "referral";
    public const string ReferredPrefix = "referred-";
    public const string HeldPrefix = "held-";
    public const string LimitPrefix = "limit:";

    private const int RunsKept = 64;

    [ThreadStatic]
    private static (string? Id, string Key) _latestCustomer;

    [ThreadStatic]
    private static (string? Id, string Key) _latestOrder;

    [ThreadStatic]
    private static (string? Id, string Key)[]? _latestRuns;

    /// <summary>Everything about one customer.</summary>
    public static string CustomerPartition(string customerId)
    {
        // A simulation, and an event with what follows from it, stay with one customer for a while.
        if (!ReferenceEquals(customerId, _latestCustomer.Id)) _latestCustomer = (customerId, "customer:" + customerId);
        return _latestCustomer.Key;
    }

    /// <summary>Who an identifier belongs to.</summary>
    public static string IdentifierPartition(Identifier identifier) => "identifier:" + Hashing.Id(32, identifier.Value);

    /// <summary>Who an order belongs to: refunds name the order only.</summary>
    public static Identifier OrderIdentifier(string orderId) => new("order:" + orderId);

    /// <summary>Whose a message is that the provider names by its own id: a report of an open or a click names the message only.</summary>
    public static Identifier MailIdentifier(string providerId) => new("mail:" + providerId);

    /// <summary>Accepted events until they are applied, and for 90 days.</summary>
    public static string IntakePartition(string sessionId) => "intake:" + sessionId;

    /// <summary>How far the history of an absorbed person has come.</summary>
    public static string Absorbed(string customerId) => AbsorbedPrefix + customerId;

    /// <summary>"This merge has been told."</summary>
    public static string MergeMarker(string absorbedId) => MarkerPrefix + "merge-" + absorbedId;

    /// <summary>An ended lot that left its wallet's document.</summary>
    public static string Lot(string lotId) => "lot-" + lotId;

    public static string Redemption(string redemptionId) => "redemption-" + Hashing.Id(26, redemptionId);

    public static string Entry(string entryId) => EntryPrefix + entryId;

    public static string Order(string orderId)
    {
        // One event asks for its order's key three times.
        if (!ReferenceEquals(orderId, _latestOrder.Id)) _latestOrder = (orderId, OrderPrefix + Hashing.Id(26, orderId));
        return _latestOrder.Key;
    }

    public static string Run(string runId)
    {
        // A customer's few runs are asked for again and again, by the same text of their id.
        if (runId.Length < 2) return RunPrefix + runId;
        var known = _latestRuns ??= new (string?, string)[RunsKept];
        ref var slot = ref known[(runId[0] ^ (runId[^1] << 2)) & (RunsKept - 1)];
        if (!ReferenceEquals(runId, slot.Id)) slot = (runId, RunPrefix + runId);
        return slot.Key;
    }

    public static string Marker(CanonicalEvent e) => MarkerPrefix + Hashing.Id(32, e.Source, e.Id);

    public static string TickMarker(long unixMilliseconds) => MarkerPrefix + "tick-" + unixMilliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What a turn has to announce, if it set off other runs.</summary>
    public static string TurnMarker(string runId, string step, int visit) =>
        "marker-" + Hashing.Id(32, "turn", runId, step, visit.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public static string Task(string runId, string step, int visit) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{TaskPrefix}{runId}-{step}-{visit}");

    public static string Code(string runId, string step, int visit) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{CodePrefix}{runId}-{step}-{visit}");

    /// <summary>Who a code belongs to and what became of it.</summary>
    public static string CodePartition(string code) => "code:" + code.ToUpperInvariant();

    /// <summary>Where the entry of a journey's audience stands.</summary>
    public static string AudiencePartition(string journey) => "audience:" + journey;

    /// <summary>One shard of a limit that many people share.</summary>
    public static string LimitPartition(string limit, int shard) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{LimitPrefix}{limit}:{shard}");

    /// <summary>How many codes of an offer a customer has.</summary>
    public static string OfferCount(string offer) => "offer-" + offer;

    /// <summary>Whose a referral code is.</summary>
    public static string ReferralPartition(string code) => "referral:" + code;

    /// <summary>The last click of a visitor.</summary>
    public static string VisitorPartition(string visitor) => "visitor:" + visitor;

    /// <summary>Who was seen with a device, card, address, e-mail address or network.</summary>
    public static string SignalPartition(string kind, string hash) => $"signal:{kind}:{hash}";

    /// <summary>Referrals that wait for somebody to look at them.</summary>
    public const string ReviewPartition = "review:referrals";

    /// <summary>What shops asked about people's data.</summary>
    public const string PrivacyPartition = "privacy";

    /// <summary>Connectors whose deliveries cannot be verified.</summary>
    public const string ConnectorPartition = "connectors";

    /// <summary>Keys that the program made for itself.</summary>
    public const string SecretPartition = "secrets";

    /// <summary>A prize draw with its tickets.</summary>
    public static string DrawPartition(string draw) => "draw:" + draw;

    /// <summary>How the arms of a version's adaptive splits have done.</summary>
    public static string TallyPartition(string journey, int version) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"tally:{journey}:{version}");

    /// <summary>What goes to a provider, counted.</summary>
    public static string PacingPartition(string channel) => "pacing:" + channel;

    /// <summary>A test message, by its request's key.</summary>
    public static string TestSendPartition(string key) => "test-send:" + Hashing.Id(26, key);

    /// <summary>What body an idempotency key came with, where the body says whom it is about.</summary>
    public static string RequestPartition(string route, string key) => "request:" + Hashing.Id(26, route, key);

    public static string Message(string runId, string step, int visit) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{MessagePrefix}{runId}-{step}-{visit}");

    /// <summary>What a provider knows a hand-over by; follows from (run, step, visit).</summary>
    public static string Operation(string runId, string itemKey) => Hashing.Id(32, "operation", runId, itemKey);
}

/// <summary>The kinds of documents, for due scans and reports.</summary>
public static class Kinds
{
    public const string Customer = "customer";

    /// <summary>A customer who was merged into another: sealed, and no longer counted.</summary>
    public const string Merged = "merged";

    /// <summary>A merge under way or done, with the one who goes.</summary>
    public const string Merge = "merge";

    /// <summary>A person absorbed, with the one who stays.</summary>
    public const string Absorbed = "absorbed";
    public const string Person = "person";
    public const string Order = "order";
    public const string Entry = "entry";
    public const string Lot = "lot";
    public const string Redemption = "redemption";
    public const string Request = "request";
    public const string Run = "run";
    public const string Marker = "marker";
    public const string Message = "message";
    public const string Identifier = "identifier";
    public const string Intake = "intake";

    /// <summary>An accepted mail that is nobody's, until somebody has looked at it; in the place of <see cref="Intake"/>.</summary>
    public const string Aside = "aside";

    /// <summary>A genuine body that could not be mapped.</summary>
    public const string Kept = "kept";
    public const string Definition = "definition";
    public const string Edits = "edits";
    public const string Task = "task";
    public const string Code = "code";
    public const string Referral = "referral";
    public const string Referred = "referred";
    public const string ReferralCode = "referral-code";
    public const string ReferralClick = "referral-click";
    public const string Signal = "signal";
    public const string Secret = "secret";
    public const string Held = "held-referral";
    public const string Offer = "offer";
    public const string Limit = "limit";

    /// <summary>What was taken of a limit for one purpose.</summary>
    public const string LimitTake = "limit-take";
    public const string PooledCode = "pooled-code";
    public const string Draw = "draw";
    public const string Ticket = "ticket";
    public const string Tally = "tally";
    public const string Audience = "audience";
    public const string Pacing = "pacing";
    public const string Suppressed = "suppressed";
    public const string TestSend = "test-send";

    /// <summary>A decision about consent and its proof.</summary>
    public const string Consent = "consent";
    public const string Feedback = "feedback";

    /// <summary>An erasure under way or done; see <see cref="Privacy.ErasureRecord"/>.</summary>
    public const string Erasure = "erasure";
    public const string PrivacyRequest = "privacy-request";

    /// <summary>How far today's search for inactive people has come.</summary>
    public const string RetentionPass = "retention-pass";

    /// <summary>A line of the audit log.</summary>
    public const string Audit = "audit";

    /// <summary>A connector whose deliveries were refused because no secret is set for it.</summary>
    public const string UnsetConnector = "unset-connector";
}
