using System.Text;
using System.Text.RegularExpressions;

namespace Loyalty.Delivery.Tests;

/// <summary>Reads a message back by RFC 5322, 2045 and 2047, independently of the code that wrote it.</summary>
internal sealed partial record ParsedMail(List<(string Name, string Value)> Headers, List<ParsedMail> Parts, string Body)
{
    public string this[string name] => Headers.Single(h => string.Equals(h.Name, name, StringComparison.OrdinalIgnoreCase)).Value;

    public static ParsedMail Parse(byte[] bytes)
    {
        Assert.All(bytes, b => Assert.True(b is 9 or 10 or 13 or >= 32 and < 127, "7 bit only"));
        var text = Encoding.ASCII.GetString(bytes);
        Assert.DoesNotContain("\n", text.Replace("\r\n", ""), StringComparison.Ordinal);
        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        return Entity(text);
    }

    private static ParsedMail Entity(string text)
    {
        var split = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var headers = new List<(string, string)>();
        foreach (var line in text[..split].Replace("\r\n ", " ").Replace("\r\n\t", " ").Split("\r\n"))
        {
            var colon = line.IndexOf(':');
            headers.Add((line[..colon], Decode(line[(colon + 1)..].TrimStart(' '))));
        }

        var body = text[(split + 4)..];
        var type = headers.Single(h => h.Item1 == "Content-Type").Item2;
        var boundary = Boundary().Match(type) is { Success: true } match ? match.Groups["b"].Value : null;
        if (boundary is not null)
        {
            var pieces = body.Split("--" + boundary);
            Assert.Equal("--\r\n", pieces[^1]);
            return new ParsedMail(headers, [.. pieces[1..^1].Select(piece => Entity(piece[2..^2]))], "");
        }

        var encoding = headers.Single(h => h.Item1 == "Content-Transfer-Encoding").Item2;
        Assert.All(body.Split("\r\n"), line => Assert.InRange(line.Length, 0, 76));
        return new ParsedMail(headers, [], encoding == "base64" ? Encoding.UTF8.GetString(Convert.FromBase64String(body)) : QuotedPrintable(body));
    }

    private static string QuotedPrintable(string body)
    {
        var bytes = new List<byte>();
        var text = body.Replace("=\r\n", "");
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=')
            {
                bytes.Add((byte)text[i]);
                continue;
            }

            bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
            i += 2;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static string Decode(string value)
    {
        Assert.All(EncodedWord().Matches(value), word => Assert.InRange(word.Length, 1, 75));
        // Space between two encoded words is no part of the text.
        var joined = Between().Replace(value, "$1");
        return EncodedWord().Replace(joined, word => Encoding.UTF8.GetString(Convert.FromBase64String(word.Groups["text"].Value)));
    }

    [GeneratedRegex("=\\?utf-8\\?B\\?(?<text>[A-Za-z0-9+/=]*)\\?=", RegexOptions.ExplicitCapture)]
    private static partial Regex EncodedWord();

    [GeneratedRegex(@"(\?=)\s+(?==\?)")]
    private static partial Regex Between();

    [GeneratedRegex("boundary=\"(?<b>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Boundary();
}
