namespace Loyalty.Engine.Programs;

/// <summary>Names of journeys, steps, cases, arms, topics and templates.</summary>
public static class Names
{
    public const string Rule = "begin with a small letter, then small letters, digits and -, at most 40 characters";

    public static bool IsName(string text)
    {
        if (text.Length is 0 or > 40 || !char.IsAsciiLetterLower(text[0])) return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-') return false;
        }

        return true;
    }
}
