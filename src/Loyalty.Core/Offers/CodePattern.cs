namespace Loyalty.Core.Offers;

/// <summary>
/// The pattern of single-use codes: <c>#</c> is a random character, <c>?</c> (at most one) the check character over them, everything else stands for
/// itself. The check finds every wrong character and every exchange of two different ones: a sum of the characters' values weighted by position, modulo
/// the prime 31.
/// </summary>
public static class CodePattern
{
    /// <summary>Random characters: without 0 and O, 1, I and L, U, which people mistake.</summary>
    public const string Alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>Random characters that a pattern has at least.</summary>
    public const int LeastRandom = 8;

    /// <summary>Random characters that a pattern has at most: positions stay different modulo 31.</summary>
    public const int MostRandom = 30;

    /// <summary>Characters of a pattern at most.</summary>
    public const int MostCharacters = 40;

    // Check characters: one more than the random ones, so that their number is prime.
    private const string CheckAlphabet = Alphabet + "U";

    /// <summary>Whether a text is a pattern.</summary>
    public static bool IsPattern(string text)
    {
        var random = text.Count(static c => c == '#');
        return text.Length <= MostCharacters && random is >= LeastRandom and <= MostRandom && text.Count(static c => c == '?') <= 1
            && text.All(static c => c is '#' or '?' or '-' || char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c));
    }

    /// <summary>A code.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="below">An unpredictable number from 0 to below its argument.</param>
    public static string Make(string pattern, Func<int, int> below)
    {
        var code = new char[pattern.Length];
        for (var i = 0; i < code.Length; i++) code[i] = pattern[i] == '#' ? Alphabet[below(Alphabet.Length)] : pattern[i];
        if (pattern.IndexOf('?', StringComparison.Ordinal) is var at and >= 0) code[at] = Check(pattern, code);
        return new string(code);
    }

    /// <summary>Whether a code can be one of the pattern: its fixed parts, its characters, its check character.</summary>
    public static bool Fits(string pattern, string code)
    {
        if (code.Length != pattern.Length) return false;
        for (var i = 0; i < code.Length; i++)
        {
            var fits = pattern[i] switch
            {
                '#' => Alphabet.Contains(code[i], StringComparison.Ordinal),
                '?' => CheckAlphabet.Contains(code[i], StringComparison.Ordinal),
                var fixedCharacter => code[i] == fixedCharacter,
            };
            if (!fits) return false;
        }

        return pattern.IndexOf('?', StringComparison.Ordinal) is var at && (at < 0 || code[at] == Check(pattern, code));
    }

    /// <summary>A code as people type it: capitals, no white space around.</summary>
    public static string Normal(string typed) => typed.Trim().ToUpperInvariant();

    private static char Check(string pattern, ReadOnlySpan<char> code)
    {
        var (sum, position) = (0, 0);
        for (var i = 0; i < code.Length; i++)
        {
            if (pattern[i] == '#') sum += ++position * (Alphabet.IndexOf(code[i], StringComparison.Ordinal) + 1);
        }

        return CheckAlphabet[sum % CheckAlphabet.Length];
    }
}
