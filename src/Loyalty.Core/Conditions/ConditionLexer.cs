using System.Text;
using NodaTime.Text;

namespace Loyalty.Core.Conditions;

/// <summary>Cuts the text of a condition into tokens; stops at the first thing it cannot read.</summary>
internal sealed class ConditionLexer(string text)
{
    private readonly List<Token> _tokens = [];
    private int _at;

    public ConditionError? Error { get; private set; }

    public List<Token> Read()
    {
        while (Error is null)
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n') _at++;
            if (_at >= text.Length) break;
            ReadOne();
        }

        _tokens.Add(new Token(TokenKind.End, text.Length, ""));
        return _tokens;
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';

    private void ReadOne()
    {
        var c = text[_at];
        if (c == '\'') ReadText();
        else if (char.IsAsciiDigit(c)) ReadNumber();
        else if (IsNameStart(c)) ReadName();
        else ReadSymbol();
    }

    private void Add(TokenKind kind, int start, string value) => _tokens.Add(new Token(kind, start, value));

    private void Fail(int offset, string message, string remedy) =>
        Error = ConditionError.At(text, offset, message, remedy);

    private void ReadName()
    {
        var start = _at;
        while (_at < text.Length && IsNamePart(text[_at])) _at++;
        Add(TokenKind.Name, start, text[start.._at]);
    }

    private void ReadText()
    {
        var start = _at++;
        var value = new StringBuilder();
        while (_at < text.Length)
        {
            if (text[_at] != '\'')
            {
                value.Append(text[_at++]);
            }
            else if (_at + 1 < text.Length && text[_at + 1] == '\'')
            {
                value.Append('\'');
                _at += 2;
            }
            else
            {
                _at++;
                Add(TokenKind.Text, start, value.ToString());
                return;
            }
        }

        Fail(
            start,
            "the text that begins here has no closing quote",
            "end it with ', and write a quote inside a text as ''");
    }

    private void ReadNumber()
    {
        var start = _at;
        if (text.Length - start >= 10 && text[start + 4] == '-' && text[start + 7] == '-' && char.IsAsciiDigit(text[start + 9]))
        {
            ReadDate(start);
            return;
        }

        while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
        if (_at + 1 < text.Length && text[_at] == '.' && char.IsAsciiDigit(text[_at + 1]))
        {
            _at++;
            while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
        }

        var digits = text[start.._at];
        if (digits.Length > 18)
            Fail(start, "this number is too long", "write at most 18 digits");
        else if (_at < text.Length && text[_at] == '%')
            Add(TokenKind.Percent, start, text[start.._at++]);
        else if (_at < text.Length && IsNamePart(text[_at]))
            ReadUnit(start);
        else if (Currency() is { } currency)
            Add(TokenKind.Money, start, digits + " " + currency);
        else
            Add(TokenKind.Number, start, digits);
    }

    private void ReadDate(int start)
    {
        _at = start + 10;
        var date = text[start.._at];
        if (!LocalDatePattern.Iso.Parse(date).Success || (_at < text.Length && IsNamePart(text[_at])))
            Fail(start, $"'{date}' is no date", "write a date as year-month-day, e.g. 2026-01-31");
        else
            Add(TokenKind.Date, start, date);
    }

    private void ReadUnit(int start)
    {
        while (_at < text.Length && IsNamePart(text[_at])) _at++;
        var span = text[start.._at];
        if (Calendars.CalendarDuration.Parse(span) is null)
            Fail(
                start,
                $"'{span}' is no duration",
                "write digits and a unit: min, h, d, w, mo or y (at most 100 years), e.g. 30d");
        else
            Add(TokenKind.Duration, start, span);
    }

    /// <summary>Three capital letters after a number and a space: its currency.</summary>
    private string? Currency()
    {
        var from = _at;
        while (from < text.Length && text[from] == ' ') from++;
        if (from == _at || from + 3 > text.Length) return null;
        for (var i = from; i < from + 3; i++)
        {
            if (!char.IsAsciiLetterUpper(text[i])) return null;
        }

        if (from + 3 < text.Length && IsNamePart(text[from + 3])) return null;
        _at = from + 3;
        return text.Substring(from, 3);
    }

    private void ReadSymbol()
    {
        var two = _at + 1 < text.Length ? text.Substring(_at, 2) : "";
        if (two is "!=" or "<=" or ">=")
        {
            Add(TokenKind.Symbol, _at, two);
            _at += 2;
        }
        else if (two is "==" or "<>" or "&&" or "||")
        {
            var instead = two switch { "==" => "=", "<>" => "!=", "&&" => "and", _ => "or" };
            Fail(_at, $"'{two}' is not part of the language", $"write {instead}");
        }
        else if ("=<>()[],+-*/".Contains(text[_at], StringComparison.Ordinal))
        {
            Add(TokenKind.Symbol, _at, text[_at].ToString());
            _at++;
        }
        else
        {
            var remedy = text[_at] == '"' ? "put texts in single quotes: 'like this'" : "remove it, or put a text in single quotes";
            Fail(_at, $"'{text[_at]}' cannot stand here", remedy);
        }
    }
}
