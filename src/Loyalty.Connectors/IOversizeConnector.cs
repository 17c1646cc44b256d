using System.Security.Cryptography;

namespace Loyalty.Connectors;

/// <summary>
/// A connector of a platform that drops its subscription on errors, so that even a body that is too large has to be answered with 200. The body runs
/// through the signature without being held: only its beginning is kept.
/// </summary>
public interface IOversizeConnector : IConnector
{
    /// <summary>One running MAC for each secret; the caller feeds them every byte of the body, and disposes them.</summary>
    IReadOnlyList<IncrementalHash> BeginSignature(ConnectorSettings settings);

    /// <summary>Answers a body that was not held to its end.</summary>
    /// <param name="beginning">The request with the first bytes of its body.</param>
    /// <param name="signatures">What <see cref="BeginSignature"/> gave, fed with the whole body; null: the body did not end within
    /// <see cref="ConnectorSettings.MaxReadBytes"/>, so that nobody can tell whose it is.</param>
    /// <param name="settings">The connector's secrets and limits.</param>
    ConnectorAnswer ReceiveOversize(WebhookDelivery beginning, IReadOnlyList<IncrementalHash>? signatures, ConnectorSettings settings);
}
