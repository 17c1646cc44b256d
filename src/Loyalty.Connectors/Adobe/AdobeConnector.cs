using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.Adobe;

/// <summary>
/// Adobe Commerce through Adobe I/O Events: CloudEvents, alone or as a batch, at least once and in no order. Signed with RSA-SHA256 twice, by keys that
/// are the same for every customer of Adobe; <c>recipient_client_id</c> says whose delivery it is. Adobe gives an endpoint up that fails for a day: a
/// genuine body that cannot be mapped is answered 200 and kept.
/// </summary>
public sealed partial class AdobeConnector : IKeyedConnector
{
    private const int MaxEvents = 100;
    private static readonly (string Signature, string Path)[] Headers =
    [
        ("x-adobe-digital-signature-1", "x-adobe-public-key1-path"),
        ("x-adobe-digital-signature-2", "x-adobe-public-key2-path"),
    ];

    /// <inheritdoc/>
    public string Name => "adobe";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => [.. Headers.Select(static pair => pair.Signature)];

    /// <summary>The value to echo when a registration is checked by GET; null where it is no challenge: nothing a stranger writes is ever echoed as it is.</summary>
    public static string? Challenge(string? value) => value is not null && ChallengePattern().IsMatch(value) ? value : null;

    /// <inheritdoc/>
    public IReadOnlyList<string> KeyNames(WebhookDelivery delivery) =>
        [.. Headers.Select(pair => delivery.Header(pair.Path)).OfType<string>().Where(static path => KeyPattern().IsMatch(path)).Distinct(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now) =>
        Receive(delivery, new Dictionary<string, string>(StringComparer.Ordinal), settings, now);

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, IReadOnlyDictionary<string, string> keys, ConnectorSettings settings, Instant now)
    {
        if (delivery.Method != "POST") return Refuse(RefusalCode.MethodNotAllowed, "Only POST.");
        if (delivery.Body.Length > settings.MaxBodyBytes) return Refuse(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        if (!Headers.Any(pair => Matches(delivery.Body.Span, delivery.Header(pair.Signature), delivery.Header(pair.Path) is { } path ? keys.GetValueOrDefault(path) : null)))
            return Refuse(RefusalCode.BadSignature, "Neither x-adobe-digital-signature-1 nor -2 matches the raw body under the key it names.");
        var (document, code, detail) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return new ConnectorAnswer.Kept(code, detail);
        using (document)
        {
            var problems = new Problems();
            var root = new Node(document.RootElement, "", problems);
            var isList = document.RootElement.ValueKind == JsonValueKind.Array;
            if (isList && document.RootElement.GetArrayLength() is 0 or > MaxEvents) return new ConnectorAnswer.Kept(RefusalCode.TooManyItems, $"1 to {MaxEvents} events at once.");
            return Read(isList ? root.Items() : [root], problems, delivery, settings, now);
        }
    }

    private static ConnectorAnswer Read(List<Node> nodes, Problems problems, WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        // Signed by Adobe, and perhaps for somebody else: then it is nobody's business what it says.
        if (!nodes.TrueForAll(node => Recipient(node) is { } recipient && settings.ClientIds.Contains(recipient)))
            return Refuse(RefusalCode.BadSignature, "recipient_client_id is none of Connectors__Adobe__ClientIds.");
        var events = new List<CanonicalEvent>();
        string? nothing = null, type = null, key = null;
        foreach (var node in nodes)
        {
            var e = node["event"].Exists ? node["event"] : node;
            var id = e["id"].Id() ?? node["event_id"].Id() ?? node["event_id"].RequiredId();
            key ??= id;
            type = e["type"].Text(200) ?? delivery.Header("x-adobe-event-code") ?? e["type"].RequiredText(200);
            var at = e["time"].At() ?? now;
            var context = new ShopContext("adobe", settings.Shop, IntakeKeys.Bounded(id, 150), at, now, settings.Currency, delivery.Header("traceparent"), problems);
            var value = e["data"]["value"].Exists ? e["data"]["value"] : e["data"];
            var mapped = Map(type[(type.LastIndexOf('.') + 1)..], value, context);
            nothing ??= mapped.Nothing;
            if (mapped.Nothing is null) events.AddRange(mapped.Events);
        }

        if (problems.Any) return new ConnectorAnswer.Kept(problems.Code, problems.Detail!);
        return events.Count == 0
            ? new ConnectorAnswer.Nothing(nothing ?? "unknown-topic", IntakeKeys.Bounded(type ?? "", 100))
            : new ConnectorAnswer.Accepted(events, IntakeKeys.Bounded($"adobe:{settings.Shop}:{key}", 300));
    }

    private static Mapped Map(string type, Node value, ShopContext context) => type switch
    {
        "sales_order_place_after" => AdobeOrders.Map(value, context, EventTypes.OrderPlaced),
        "sales_order_save_after" or "sales_order_save_commit_after" => AdobeOrders.Map(value, context, EventTypes.OrderUpdated),
        "sales_order_creditmemo_save_after" or "sales_order_creditmemo_save_commit_after" => AdobeRefunds.Map(value, context),
        "customer_register_success" => AdobePeople.Map(value["customer"].Exists ? value["customer"] : value, context, EventTypes.CustomerSignedUp),
        "customer_save_after" or "customer_save_commit_after" => AdobePeople.Map(value, context, EventTypes.CustomerUpdated),
        _ => Mapped.None("unknown-topic"),
    };

    private static string? Recipient(Node node) =>
        node["recipient_client_id"].Text(200) ?? node["recipientclientid"].Text(200) ?? node["event"]["recipient_client_id"].Text(200);

    private static bool Matches(ReadOnlySpan<byte> body, string? signature, string? pem)
    {
        const int MaxSignature = 1024;
        if (signature is null || pem is null || signature.Length > MaxSignature) return false;
        var bytes = new byte[MaxSignature];
        if (!Convert.TryFromBase64String(signature, bytes, out var length)) return false;
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa.VerifyData(body, bytes.AsSpan(0, length), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static ConnectorAnswer.Refused Refuse(RefusalCode code, string detail) => new(code, detail);

    [GeneratedRegex("^/[a-z]{1,20}/keys/[A-Za-z0-9_-]{1,100}\\.pem\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyPattern();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,200}\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ChallengePattern();
}
