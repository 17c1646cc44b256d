using System.Collections.Immutable;
using Loyalty.Connectors.Platforms;
using NodaTime;

namespace Loyalty.Connectors;

/// <summary>What an operator sets for one connector.</summary>
public sealed record ConnectorSettings
{
    /// <summary>
    /// Every secret that is valid now; more than one while a secret is rotated. None: every signed delivery is refused.
    /// </summary>
    public ImmutableArray<string> Secrets { get; init; } = [];

    /// <summary>
    /// Who tells the events of the generic connectors and whose ids a bare <c>externalId</c> is:
    /// <c>&lt;source&gt;:&lt;shop&gt;:&lt;id&gt;</c>. Shopify ignores it.
    /// </summary>
    public string Source { get; init; } = "standard";

    /// <summary>The shop of a payload that names none.</summary>
    public string Shop { get; init; } = "default";

    /// <summary>
    /// ISO 4217; for the few payloads that have amounts and no currency (Shopify carts without price sets). null: those
    /// amounts read 0.
    /// </summary>
    public string? Currency { get; init; }

    /// <summary>Access to the shop's interface for what its webhooks leave out; null: none, and nothing is fetched.</summary>
    public ShopApi? Api { get; init; }

    /// <summary>Adobe's client ids that events may be meant for (<c>recipient_client_id</c>); none: every delivery is refused.</summary>
    public ImmutableArray<string> ClientIds { get; init; } = [];

    /// <summary>Take what a platform marks as made in its test mode (Stripe's <c>livemode: false</c>); default no: it is counted and changes nothing.</summary>
    public bool TakesTestMode { get; init; }

    /// <summary>Largest body in bytes, default 1 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// How far a body that is too large is read on for its signature alone, where the platform drops its subscription on errors; default 16 MiB.
    /// </summary>
    public int MaxReadBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Deepest nesting of objects and arrays, default 32, at most 64.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>
    /// How far a signed timestamp may be from now, before or after, both ends included; default 300 s.
    /// </summary>
    public Duration Tolerance { get; init; } = Duration.FromSeconds(300);
}
