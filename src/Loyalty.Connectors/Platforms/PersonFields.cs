namespace Loyalty.Connectors.Platforms;

/// <summary>Fields of people that every platform writes in its own way.</summary>
internal static class PersonFields
{
    /// <summary>The consent topic that a shop's e-mail marketing consent is about.</summary>
    public const string EmailTopic = "offers";

    /// <summary>ISO 3166-1 alpha-2 in upper case; null where the text is none.</summary>
    public static string? Country(string? code) =>
        code is { Length: 2 } && code.All(char.IsAsciiLetter) ? code.ToUpperInvariant() : null;

    /// <summary>A language by BCP 47, underscores read as dashes; null where the text is none.</summary>
    public static string? Locale(string? text)
    {
        var locale = text?.Replace('_', '-');
        return locale is { Length: >= 2 } && locale != "auto" && locale.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-') ? locale : null;
    }
}
