namespace Loyalty.Core.Conditions;

internal enum TokenKind
{
    Name,
    Text,
    Number,
    Percent,
    Duration,
    Date,
    Money,
    Symbol,
    End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Text">Its text; of a quoted text what stands between the quotes.</param>
internal readonly record struct Token(TokenKind Kind, int Offset, string Text);
