using System.Globalization;

namespace Loyalty.Storage.Sqlite.Documents;

/// <summary>
/// A version of a document: a number of the file's one change sequence, so none is ever used twice and their order is the order of commits, and the row where the
/// document lies as long as it is there, so that whoever knows the version need not look for it by its name.
/// </summary>
internal readonly record struct ETag(long Number, long Row)
{
    private const char Between = '-';

    /// <summary>Two numbers of at most 19 digits.</summary>
    private const int MostCharacters = 39;

    /// <summary>A version of this store; false: it is none.</summary>
    public static bool TryParse(string? text, out ETag etag)
    {
        ReadOnlySpan<char> span = text;
        int between = span.IndexOf(Between);
        long row = 0;
        bool isOurs = long.TryParse(span[..Math.Max(between, 0)], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && long.TryParse(span[(between + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out row);
        etag = new ETag(number, row);
        return isOurs && etag.IsWrittenAs(text!);
    }

    /// <summary>Whether a text is exactly this version's.</summary>
    public bool IsWrittenAs(string text)
    {
        Span<char> own = stackalloc char[MostCharacters];
        return text.AsSpan().SequenceEqual(own[..Write(own)]);
    }

    public override string ToString()
    {
        Span<char> text = stackalloc char[MostCharacters];
        return text[..Write(text)].ToString();
    }

    private int Write(Span<char> text)
    {
        _ = Number.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        text[length++] = Between;
        _ = Row.TryFormat(text[length..], out int digits, default, CultureInfo.InvariantCulture);
        return length + digits;
    }
}
