using System.Collections.Immutable;
using System.Text.Json;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using Loyalty.Core.Orders;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Programs;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Engine.Webhooks;

/// <summary>What a journey's <c>webhook</c> says and how its answer is read.</summary>
public static class WebhookPayload
{
    private const int MaxTextLength = 2000;

    // The pauses that Standard Webhooks 1.0 proposes.
    private static readonly ImmutableArray<Duration> Pauses =
    [
        Duration.FromSeconds(5), Duration.FromMinutes(5), Duration.FromMinutes(30), Duration.FromHours(2), Duration.FromHours(5), Duration.FromHours(10),
        Duration.FromHours(14), Duration.FromHours(20), Duration.FromHours(24),
    ];

    /// <summary>The pause after the n-th attempt, from 1.</summary>
    public static Duration PauseAfter(int attempt) => Pauses[Math.Clamp(attempt - 1, 0, Pauses.Length - 1)];

    /// <summary><c>type</c>, <c>timestamp</c> and <c>data</c>, as Standard Webhooks advises; the same bytes in every attempt.</summary>
    public static byte[] Body(RunState run, RunEffect.Webhook webhook, Instant at) => LoyaltyJson.Write(new Message(
        "journey.webhook",
        at,
        new MessageData(run.CustomerId, run.Journey, run.RunId, webhook.Step, webhook.Visit, webhook.With.ToImmutableSortedDictionary(StringComparer.Ordinal))));

    /// <summary>The declared fields of the answer as <c>reply.FIELD</c>; a field that is missing or of another type stays unset.</summary>
    public static ImmutableDictionary<string, AttributeValue> Reply(WebhookEndpoint endpoint, ReadOnlyMemory<byte> body)
    {
        var values = ImmutableDictionary.CreateBuilder<string, AttributeValue>(StringComparer.Ordinal);
        if (endpoint.Reply.IsEmpty || body.IsEmpty) return values.ToImmutable();
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) return values.ToImmutable();
            foreach (var (name, type) in endpoint.Reply)
            {
                if (document.RootElement.TryGetProperty(name, out var field) && Read(field, type) is { } value) values["reply." + name] = value;
            }
        }
        catch (JsonException)
        {
            // Done is done: an answer that is no JSON leaves nothing.
        }

        return values.ToImmutable();
    }

    private static AttributeValue? Read(JsonElement field, AttributeType type) => (type, field.ValueKind) switch
    {
        (AttributeType.Text, JsonValueKind.String) => Clip(field.GetString()!),
        (AttributeType.Number, JsonValueKind.Number) => field.TryGetDecimal(out var number) ? number : null,
        (AttributeType.Flag, JsonValueKind.True) => true,
        (AttributeType.Flag, JsonValueKind.False) => false,
        (AttributeType.Moment, JsonValueKind.String) => OffsetDateTimePattern.ExtendedIso.Parse(field.GetString()!) is { Success: true } at
            ? at.Value.ToInstant()
            : null,
        (AttributeType.Day or AttributeType.AnnualDay, JsonValueKind.String) => LocalDatePattern.Iso.Parse(field.GetString()!) is { Success: true } day
            ? new AttributeValue.Day(day.Value)
            : null,
        (AttributeType.Money, JsonValueKind.Object) => Money(field),
        (AttributeType.List, JsonValueKind.Array) =>
            new AttributeValue.List([.. field.EnumerateArray().Take(50).Where(static i => i.ValueKind == JsonValueKind.String).Select(static i => Clip(i.GetString()!))]),
        _ => null,
    };

    private static AttributeValue.Money? Money(JsonElement field) =>
        field.TryGetProperty("minor", out var minor) && minor.ValueKind == JsonValueKind.Number && minor.TryGetInt64(out var amount)
        && field.TryGetProperty("currency", out var code) && code.ValueKind == JsonValueKind.String && CurrencyTable.Exponent(code.GetString()!) is not null
            ? new AttributeValue.Money(amount, code.GetString()!)
            : null;

    private static string Clip(string text) => text.Length <= MaxTextLength ? text : text[..MaxTextLength];

    private sealed record Message(string Type, Instant Timestamp, MessageData Data);

    private sealed record MessageData(
        string Customer, string Journey, string Run, string Step, int Visit, ImmutableSortedDictionary<string, AttributeValue> With);
}
