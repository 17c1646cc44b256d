using System.Text.Json;
using Loyalty.Connectors.Json;

namespace Loyalty.Connectors.Mail;

/// <summary>
/// A mail's headers, however they are told: <c>{"Name": "value"}</c> or <c>{"Name": ["value", …]}</c>, a list of <c>{"name", "value"}</c> (Postmark, SES), a list of
/// pairs or that list as a text (Mailgun), or the lines themselves (SendGrid). Names are compared without case.
/// </summary>
internal sealed class MailHeaders
{
    private const int MaxHeaders = 1000;
    private const int MaxValue = 4000;

    private readonly List<(string Name, string Value)> _all = [];

    private MailHeaders()
    {
    }

    /// <summary>RFC 3834: what a program has answered by itself; and what mail servers report (an empty return path, <c>multipart/report</c>).</summary>
    public bool IsAutomatic => _all.Exists(static one => one.Name.ToUpperInvariant() switch
    {
        "AUTO-SUBMITTED" => !Word(one.Value).Equals("no", StringComparison.OrdinalIgnoreCase),
        "PRECEDENCE" => Word(one.Value).ToUpperInvariant() is "BULK" or "JUNK" or "LIST" or "AUTO_REPLY",
        "X-AUTOREPLY" or "X-AUTORESPOND" => !Word(one.Value).Equals("no", StringComparison.OrdinalIgnoreCase),
        "RETURN-PATH" => one.Value.Trim() == "<>",
        "CONTENT-TYPE" => Word(one.Value).Equals("multipart/report", StringComparison.OrdinalIgnoreCase),
        _ => false,
    });

    /// <summary>Reads those of a mail; of two places both.</summary>
    public static MailHeaders Read(params ReadOnlySpan<Node> places)
    {
        var headers = new MailHeaders();
        foreach (var place in places) headers.Add(place.Exists ? place.Element : default);
        return headers;
    }

    /// <summary>Every value of a header, in order.</summary>
    public IEnumerable<string> All(string name) => _all.Where(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static one => one.Value);

    /// <summary>The first value that says something; null: none.</summary>
    public string? First(string name) => All(name).FirstOrDefault(static one => one.Length > 0);

    /// <summary>The texts of a value: itself, or each of a list, or an object's address.</summary>
    public static List<string> Texts(Node node, int max)
    {
        var texts = new List<string>();
        if (node.Exists) Collect(node.Element, max, texts, depth: 0);
        return texts;
    }

    private static void Collect(JsonElement element, int max, List<string> texts, int depth)
    {
        if (texts.Count >= MaxHeaders) return;
        switch (element.ValueKind)
        {
            case JsonValueKind.String when element.GetString()!.Trim() is { Length: > 0 } text:
                texts.Add(Cut(text, max));
                break;
            case JsonValueKind.Number:
                texts.Add(element.GetRawText());
                break;
            case JsonValueKind.Array when depth == 0:
                foreach (var one in element.EnumerateArray()) Collect(one, max, texts, depth + 1);
                break;
            case JsonValueKind.Object:
                foreach (var name in (string[])["email", "Email", "address", "Address"])
                {
                    if (!element.TryGetProperty(name, out var address) || address.ValueKind != JsonValueKind.String) continue;
                    Collect(address, max, texts, depth + 1);
                    break;
                }

                break;
            default: break;
        }
    }

    private void Add(JsonElement headers)
    {
        switch (headers.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in headers.EnumerateObject()) AddValues(member.Name, member.Value);
                break;
            case JsonValueKind.Array:
                foreach (var one in headers.EnumerateArray()) AddEntry(one);
                break;
            case JsonValueKind.String when headers.GetString()!.TrimStart() is { Length: > 0 } text:
                if (text[0] == '[') AddList(text);
                else AddLines(text);
                break;
            default: break;
        }
    }

    private void AddEntry(JsonElement one)
    {
        if (one.ValueKind == JsonValueKind.Array && one.GetArrayLength() == 2 && one[0].ValueKind == JsonValueKind.String) AddValues(one[0].GetString()!, one[1]);
        else if (one.ValueKind == JsonValueKind.Object && Member(one, "name", "Name") is { ValueKind: JsonValueKind.String } name) AddValues(name.GetString()!, Member(one, "value", "Value"));
    }

    private void AddList(string text)
    {
        try
        {
            using var list = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            if (list.RootElement.ValueKind == JsonValueKind.Array) Add(list.RootElement);
        }
        catch (JsonException)
        {
            // No list after all; lines do not begin so, either.
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair in it.
        }
    }

    private void AddLines(string text)
    {
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.Length == 0) continue;
            if (char.IsWhiteSpace(line[0]))
            {
                // A long header goes on in the next line.
                if (_all.Count > 0 && _all[^1].Value.Length < MaxValue) _all[^1] = (_all[^1].Name, Cut($"{_all[^1].Value} {line.Trim()}", MaxValue));
                continue;
            }

            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon) Add(line[..colon].Trim(), line[(colon + 1)..].Trim());
        }
    }

    private void AddValues(string name, JsonElement value)
    {
        var texts = new List<string>();
        Collect(value, MaxValue, texts, depth: 0);
        // A header that is there and says nothing is there.
        if (texts.Count == 0) Add(name, "");
        foreach (var text in texts) Add(name, text);
    }

    private void Add(string name, string value)
    {
        if (_all.Count < MaxHeaders) _all.Add((name, value));
    }

    private static JsonElement Member(JsonElement element, string name, string other) =>
        element.TryGetProperty(name, out var found) || element.TryGetProperty(other, out found) ? found : default;

    /// <summary>A value without its parameters and comments.</summary>
    private static string Word(string value) => value.Split(';', '(')[0].Trim();

    private static string Cut(string text, int max) => text.Length <= max ? text : char.IsHighSurrogate(text[max - 1]) ? text[..(max - 1)] : text[..max];
}
