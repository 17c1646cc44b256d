namespace Loyalty.Connectors;

/// <summary>An HTTP request of a platform: what a connector needs of it.</summary>
/// <param name="Method">Upper case, e.g. <c>POST</c>.</param>
/// <param name="Headers">By name, case-insensitive; several values of one name joined by a comma. Use
/// <see cref="From"/> to build it.</param>
/// <param name="Body">The raw bytes; signatures are over exactly these.</param>
public sealed record WebhookDelivery(
    string Method, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The Content-Type header with its parameters, or null.</summary>
    public string? ContentType => Header("Content-Type");

    /// <summary>The media type alone, lower case, e.g. <c>application/json</c>; empty where there is none.</summary>
    public string MediaType => (ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>Takes any list of headers and makes look-ups case-insensitive.</summary>
    public static WebhookDelivery From(
        string method, IEnumerable<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body)
    {
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
            all[name] = all.TryGetValue(name, out var before) ? $"{before},{value}" : value;
        return new WebhookDelivery(method.ToUpperInvariant(), all, body);
    }

    /// <summary>A header's value, trimmed, or null where it is missing or blank.</summary>
    public string? Header(string name) =>
        Headers.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
