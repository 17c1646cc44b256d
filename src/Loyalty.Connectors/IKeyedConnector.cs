using NodaTime;

namespace Loyalty.Connectors;

/// <summary>A connector whose deliveries are signed with keys that the platform publishes: they are fetched first, the rest is pure.</summary>
public interface IKeyedConnector : IConnector
{
    /// <summary>Names of the keys that a delivery says it is signed with, checked for being a key of the platform and nothing else; none: it is refused.</summary>
    IReadOnlyList<string> KeyNames(WebhookDelivery delivery);

    /// <summary>Verifies with the keys that were found, then as <see cref="IConnector.Receive"/>.</summary>
    /// <param name="delivery">The request as it came.</param>
    /// <param name="keys">PEM by name; names without a key are missing.</param>
    /// <param name="settings">The connector's client ids and limits.</param>
    /// <param name="now">When the request was received.</param>
    ConnectorAnswer Receive(WebhookDelivery delivery, IReadOnlyDictionary<string, string> keys, ConnectorSettings settings, Instant now);
}

/// <summary>Where the public keys of a platform are.</summary>
public interface IPublicKeys
{
    /// <summary>The keys among those names that the platform publishes.</summary>
    /// <returns>null: they cannot be read now, and whether the delivery is genuine cannot be told.</returns>
    Task<IReadOnlyDictionary<string, string>?> FindAsync(IReadOnlyList<string> names, CancellationToken cancellation);
}
