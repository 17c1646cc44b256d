using System.Text;

namespace Loyalty.Engine.Contact;

/// <summary>
/// Reads a list of addresses as other systems write it: one address a line, or a table separated by commas, semicolons or tabs with the address in the column
/// whose heading says so, else in the first. Quotation marks (RFC 4180), a byte order mark, empty lines and any line ends are understood.
/// </summary>
public static class SuppressionLines
{
    private static readonly string[] Headings = ["email", "e-mail", "email address", "e-mail address", "address", "recipient", "phone", "phone number", "mobile", "number"];

    /// <summary>The addresses, one for each line of the text; "" where a line has none, or is the heading.</summary>
    /// <param name="text">The list.</param>
    public static IReadOnlyList<string> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        var found = new string[lines.Length];
        var (column, isHeadingPossible) = (0, true);
        for (var i = 0; i < lines.Length; i++)
        {
            found[i] = "";
            if (string.IsNullOrWhiteSpace(lines[i])) continue;
            var cells = Cells(lines[i]);
            if (isHeadingPossible && cells.FindIndex(static cell => Headings.Contains(cell.Trim(), StringComparer.OrdinalIgnoreCase)) is >= 0 and var at)
            {
                (column, isHeadingPossible) = (at, false);
                continue;
            }

            isHeadingPossible = false;
            // A row without that column is told as a bad line, not passed over: what has a blank in it is no address.
            found[i] = column < cells.Count && !string.IsNullOrWhiteSpace(cells[column]) ? Bare(cells[column].Trim()) : string.Join(' ', cells);
        }

        return found;
    }

    /// <summary>The address of <c>Ann &lt;ann@example.com&gt;</c>, as mail programs write it.</summary>
    private static string Bare(string cell) => cell.EndsWith('>') && cell.LastIndexOf('<') is >= 0 and var at ? cell[(at + 1)..^1] : cell;

    private static List<string> Cells(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '"' && isQuoted && i + 1 < line.Length && line[i + 1] == '"') cell.Append(line[++i]);
            else if (c == '"' && (isQuoted || cell.ToString().AsSpan().IsWhiteSpace())) isQuoted = !isQuoted;
            else if (c is ',' or ';' or '\t' && !isQuoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else cell.Append(c);
        }

        cells.Add(cell.ToString());
        return cells;
    }
}
