namespace Loyalty.Connectors.CloudEvents;

/// <summary>A CloudEvents 1.0 event as it was sent.</summary>
/// <param name="Attributes">Context attributes and extensions by name, in their canonical text; <c>datacontenttype</c>
/// included.</param>
/// <param name="Data">The data's bytes: JSON where <see cref="IsJson"/>; null: the event has none.</param>
public sealed record CloudEvent(IReadOnlyDictionary<string, string> Attributes, ReadOnlyMemory<byte>? Data)
{
    public string Id => Attributes["id"];

    public string Source => Attributes["source"];

    public string Type => Attributes["type"];

    public string? Subject => Attributes.GetValueOrDefault("subject");

    /// <summary>The media type of the data says JSON; without one it is JSON.</summary>
    public bool IsJson
    {
        get
        {
            var type = (Attributes.GetValueOrDefault("datacontenttype") ?? "application/json").Split(';')[0]
                .Trim()
                .ToLowerInvariant();
            return type is "application/json" or "text/json" || type.EndsWith("+json", StringComparison.Ordinal);
        }
    }
}
