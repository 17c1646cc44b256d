using Loyalty.Core.Events;

namespace Loyalty.Connectors.Mail;

/// <summary>The addresses of a header such as <c>From</c> (RFC 5322, 3.4): <c>"Doe, Ann" &lt;ann@x.example&gt;, bob@x.example (Bob)</c>.</summary>
internal static class MailAddresses
{
    /// <summary>Every address, in order; what is none is left out.</summary>
    public static IReadOnlyList<Identifier> Of(string header)
    {
        var found = new List<Identifier>();
        foreach (var one in Split(header))
        {
            var (open, close) = (one.LastIndexOf('<'), one.LastIndexOf('>'));
            if (Identifier.Email(open >= 0 && close > open ? one[(open + 1)..close] : one) is { } address) found.Add(address);
        }

        return found;
    }

    /// <summary>The parts between commas (and semicolons, as some programs write) that stand outside of quotation marks, comments and brackets; without comments.</summary>
    private static List<string> Split(string header)
    {
        var parts = new List<string>();
        var part = new System.Text.StringBuilder();
        var (isQuoted, isBracketed, comments) = (false, false, 0);
        for (var i = 0; i < header.Length; i++)
        {
            var c = header[i];
            if (c == '\\' && (isQuoted || comments > 0) && i + 1 < header.Length)
            {
                if (comments == 0) part.Append(header[i + 1]);
                i++;
            }
            else if (c == '"' && comments == 0)
            {
                isQuoted = !isQuoted;
            }
            else if (c == '(' && !isQuoted)
            {
                comments++;
            }
            else if (c == ')' && comments > 0)
            {
                comments--;
            }
            else if (comments == 0 && !isQuoted && !isBracketed && c is ',' or ';')
            {
                parts.Add(part.ToString().Trim());
                part.Clear();
            }
            else if (comments == 0)
            {
                // An angle bracket inside a quoted name is part of the name, and no address.
                if (isQuoted && c is '<' or '>') continue;
                if (!isQuoted) isBracketed = c == '<' || (isBracketed && c != '>');
                part.Append(c);
            }
        }

        parts.Add(part.ToString().Trim());
        return parts;
    }
}
