using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Refusals;

namespace Loyalty.Connectors.Tests.Platforms;

/// <summary>Canonical events as text: in full for our own fixtures, as facts and a hash for payloads that are not ours.</summary>
internal static class GoldenEvents
{
    private static readonly JsonSerializerOptions Pretty = new(LoyaltyJson.Options) { WriteIndented = true };

    public static string Full(ConnectorAnswer answer)
    {
        if (answer is not ConnectorAnswer.Accepted accepted) return Facts(answer) + "\n";
        var text = new StringBuilder($"delivery {accepted.DeliveryKey}\n");
        foreach (var e in accepted.Events)
        {
            text.Append(Sorted(e).ToJsonString(Pretty).ReplaceLineEndings("\n")).Append('\n');
            text.Append("session ").Append(IntakeKeys.SessionId(e)).Append(" message ").Append(IntakeKeys.MessageId(e)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>One line: no name, no address, no free text of the payload.</summary>
    public static string Facts(ConnectorAnswer answer) => answer switch
    {
        ConnectorAnswer.Nothing nothing => $"nothing {nothing.Reason}",
        ConnectorAnswer.Kept kept => $"kept {RefusalTable.Name(kept.Code)} {kept.Detail}",
        ConnectorAnswer.Refused refused => $"refused {RefusalTable.Name(refused.Code)} {refused.Detail}",
        ConnectorAnswer.Accepted accepted => string.Join("; ", accepted.Events.Select(Facts)),
        _ => "?",
    };

    private static string Facts(CanonicalEvent e)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sorted(e).ToJsonString(LoyaltyJson.Options))))[..16];
        var who = e.Identifiers.IsEmpty ? "nobody" : string.Join('+', e.Identifiers.Select(static i => i.Kind));
        return $"{e.Type} {Data(e.Data)} by {who} at {e.Time} [{hash}]";
    }

    private static string Data(EventData data) => data switch
    {
        EventData.Order { Snapshot: var o } => $"{o.OrderId[(o.OrderId.LastIndexOf(':') + 1)..]} {o.Currency} {o.Payment} net {string.Join('+', o.Lines.Select(static l => $"{l.Quantity}x{l.NetMinor}"))} tax {o.Lines.Sum(static l => l.TaxMinor)} shipping {o.ShippingMinor}"
            + $"{(o.PaidAt is null ? "" : " paid")}{(o.FulfilledAt is null ? "" : " fulfilled")}{(o.CancelledAt is null ? "" : " cancelled")} via {o.Channel ?? "-"}"
            + string.Concat(o.Refunds.Select(static r => $" refund {r.RefundId}:{r.AmountMinor}")),
        EventData.Refund r => $"{r.Details.RefundId} of {r.OrderId[(r.OrderId.LastIndexOf(':') + 1)..]}: {string.Join('+', r.Details.Lines.Select(static l => $"{l.LineId}={l.NetMinor}"))} amount {r.Details.AmountMinor}",
        EventData.Person p => $"told {string.Join(',', Told(p))}",
        _ => "facts",
    };

    private static IEnumerable<string> Told(EventData.Person p)
    {
        if (p.Email is not null) yield return "email";
        if (p.Phone is not null) yield return "phone";
        if (p.FirstName is not null) yield return "first";
        if (p.LastName is not null) yield return "last";
        if (p.Country is not null) yield return "country";
        if (p.Locale is not null) yield return "locale";
    }

    /// <summary>Dictionaries have no order of their own; a golden file needs one.</summary>
    private static JsonObject Sorted(CanonicalEvent e)
    {
        var node = JsonSerializer.SerializeToNode(e, LoyaltyJson.Options)!.AsObject();
        foreach (var name in new[] { "values", "consent" })
        {
            if (node["data"]?[name] is not JsonObject bag) continue;
            node["data"]![name] = new JsonObject(bag.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        }

        return node;
    }
}
