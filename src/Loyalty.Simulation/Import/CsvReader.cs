using System.Text;

namespace Loyalty.Simulation.Import;

/// <summary>
/// Records of RFC 4180: quoted fields may hold separators, quotes and line breaks. The separator is the first of comma,
/// semicolon and tab in the first line.
/// </summary>
internal static class CsvReader
{
    /// <summary>Characters of a field at most; more is a file of another kind, or a quote that was never meant.</summary>
    public const int MostCharacters = 100_000;

    /// <summary>Each record with the line it begins on, from 1.</summary>
    /// <exception cref="PurchaseFileException">A quote is not closed, or text follows a closing quote.</exception>
    public static IEnumerable<(int Line, string[] Fields)> Records(string text)
    {
        var separator = Separator(text);
        var fields = new List<string>();
        var field = new StringBuilder();
        var (line, first) = (1, 1);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"' && field.Length == 0)
            {
                i = Quoted(text, i + 1, field, ref line);
                if (i + 1 < text.Length && text[i + 1] != separator && text[i + 1] is not ('\r' or '\n'))
                    throw new PurchaseFileException($"Line {line}: expected a separator after a closing quote; a quote within a value is written twice.");
                fields.Add(field.ToString());
                field.Clear();
                // The separator after a quoted field is its own.
                if (i + 1 < text.Length && text[i + 1] == separator)
                {
                    i++;
                    if (i + 1 == text.Length || text[i + 1] is '\r' or '\n') fields.Add("");
                }

                if (i + 1 < text.Length && text[i + 1] is not ('\r' or '\n')) continue;
                if (i + 1 < text.Length && text[i + 1] == '\r') i++;
                if (i + 1 < text.Length && text[i + 1] == '\n') i++;
                yield return (first, [.. fields]);
                fields.Clear();
                first = ++line;
            }
            else if (c == separator)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else if (c is '\r' or '\n')
            {
                if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n') i++;
                fields.Add(field.ToString());
                field.Clear();
                yield return (first, [.. fields]);
                fields.Clear();
                first = ++line;
            }
            else
            {
                if (field.Length == MostCharacters) throw TooLong(line);
                field.Append(c);
            }
        }

        if (field.Length > 0 || fields.Count > 0) yield return (first, [.. fields, field.ToString()]);
    }

    private static PurchaseFileException TooLong(int line) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Line {line}: a field has more than {MostCharacters:N0} characters."));

    private static char Separator(string text)
    {
        foreach (var c in text)
        {
            if (c is ',' or ';' or '\t') return c;
            if (c is '\r' or '\n') break;
        }

        return ',';
    }

    /// <summary>Reads to the closing quote; its position.</summary>
    private static int Quoted(string text, int start, StringBuilder field, ref int line)
    {
        var opened = line;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                if (i + 1 >= text.Length || text[i + 1] != '"') return i;
                i++;
            }

            if (text[i] == '\n') line++;
            if (field.Length == MostCharacters) throw TooLong(opened);
            field.Append(text[i]);
        }

        throw new PurchaseFileException($"Line {opened}: a quote is never closed.");
    }
}
