using NodaTime;

namespace Loyalty.Connectors;

/// <summary>
/// Turns one delivery of a platform into canonical events. Pure: the same delivery, settings and moment give the same
/// answer; no look-ups, no I/O. No input makes it throw.
/// </summary>
public interface IConnector
{
    /// <summary>The last segment of the route and the name in the settings, e.g. <c>shopify</c>.</summary>
    string Name { get; }

    /// <summary>Headers of which a delivery that is signed has one; none: the connector verifies nothing itself.</summary>
    IReadOnlyList<string> SignatureHeaders { get; }

    /// <summary>Verifies, limits, parses and maps, in this order.</summary>
    /// <param name="delivery">The request as it came, the body untouched.</param>
    /// <param name="settings">The connector's secrets and limits.</param>
    /// <param name="now">When the request was received.</param>
    ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now);
}
