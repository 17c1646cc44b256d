using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Calendars;
using Loyalty.Core.Orders;
using NodaTime.Text;

namespace Loyalty.Core.Conditions;

/// <summary>
/// Recursive descent over the tokens. Loosest first: <c>or</c>, <c>and</c>, <c>not</c>, one comparison, <c>+ -</c>, <c>* /</c>.
/// Depth and number of nodes are bounded, so a hostile text ends in an error.
/// </summary>
internal sealed class ConditionParser(string text, IReadOnlyList<Token> tokens)
{
    private static readonly string[] Words =
        ["and", "or", "not", "in", "contains", "is", "set", "empty", "within", "next", "before", "after", "true", "false"];

    private int _at;
    private int _depth;
    private int _nodes;

    public ConditionError? Error { get; private set; }

    private Token Current => tokens[_at];

    /// <summary>The whole text as one expression; null where <see cref="Error"/> says why not.</summary>
    public Expression? Parse()
    {
        var result = ParseOr();
        if (Error is null && Current.Kind != TokenKind.End)
        {
            Fail(
                Current,
                $"'{Current.Text}' is not expected here",
                "join two conditions with and or or; compare only two values at a time");
        }

        return Error is null ? result : null;
    }

    private bool IsWord(string word) => Current.Kind == TokenKind.Name && Current.Text == word;

    private bool IsSymbol(string symbol) => Current.Kind == TokenKind.Symbol && Current.Text == symbol;

    private bool Take(string wordOrSymbol)
    {
        if (!IsWord(wordOrSymbol) && !IsSymbol(wordOrSymbol)) return false;
        _at++;
        return true;
    }

    private Expression? Fail(Token token, string message, string remedy, string? nearest = null)
    {
        Error ??= ConditionError.At(text, token.Offset, message, remedy, nearest);
        return null;
    }

    private bool Count(Token token)
    {
        if (++_nodes <= Condition.MaxNodes) return true;
        Fail(
            token,
            $"the condition has more than {Condition.MaxNodes} parts",
            "split it over several steps or declare a measure");
        return false;
    }

    private Expression? ParseOr()
    {
        var left = ParseAnd();
        while (left is not null && IsWord("or"))
        {
            var token = tokens[_at++];
            var right = ParseAnd();
            left = right is null || !Count(token) ? null : new Expression.Or(token.Offset, left, right);
        }

        return left;
    }

    private Expression? ParseAnd()
    {
        var left = ParseNot();
        while (left is not null && IsWord("and"))
        {
            var token = tokens[_at++];
            var right = ParseNot();
            left = right is null || !Count(token) ? null : new Expression.And(token.Offset, left, right);
        }

        return left;
    }

    private Expression? ParseNot()
    {
        if (++_depth > Condition.MaxDepth)
            return Fail(
                Current,
                $"the condition is nested deeper than {Condition.MaxDepth} levels",
                "take brackets apart or split the condition");
        Expression? result;
        if (IsWord("not"))
        {
            var token = tokens[_at++];
            var inner = ParseNot();
            result = inner is null || !Count(token) ? null : new Expression.Not(token.Offset, inner);
        }
        else
        {
            result = ParseComparison();
        }

        _depth--;
        return result;
    }

    private Expression? ParseComparison()
    {
        var left = ParseSum();
        if (left is null) return null;
        var token = Current;
        if (!Count(token)) return null;
        if (token.Kind == TokenKind.Symbol && ComparisonOf(token.Text) is { } symbol)
            return Comparing(left, symbol, token);
        if (token.Kind != TokenKind.Name) return left;
        switch (token.Text)
        {
            case "before": return Comparing(left, Comparison.Less, token);
            case "after": return Comparing(left, Comparison.Greater, token);
            case "in":
                _at++;
                return ParseIn(left, token);
            case "contains":
                _at++;
                return ParseSum() is { } part ? new Expression.Contains(token.Offset, left, part) : null;
            case "is":
                _at++;
                return ParseIs(left, token);
            case "within":
                _at++;
                return ParseWithin(left, token);
            case "not" when tokens[_at + 1] is { Kind: TokenKind.Name, Text: "in" or "contains" }:
                _at++;
                return ParseNegated(left, token);
            default: return left;
        }
    }

    private Expression? ParseNegated(Expression left, Token not)
    {
        var token = tokens[_at++];
        var inner = token.Text == "in"
            ? ParseIn(left, token)
            : ParseSum() is { } part ? new Expression.Contains(token.Offset, left, part) : null;
        return inner is null ? null : new Expression.Not(not.Offset, inner);
    }

    private Expression.Compare? Comparing(Expression left, Comparison comparison, Token token)
    {
        _at++;
        return ParseSum() is { } right ? new Expression.Compare(token.Offset, comparison, left, right) : null;
    }

    private static Comparison? ComparisonOf(string symbol) => symbol switch
    {
        "=" => Comparison.Equal,
        "!=" => Comparison.NotEqual,
        "<" => Comparison.Less,
        "<=" => Comparison.LessOrEqual,
        ">" => Comparison.Greater,
        ">=" => Comparison.GreaterOrEqual,
        _ => null,
    };

    private Expression? ParseIn(Expression item, Token token)
    {
        if (!Take("[")) return Fail(Current, "a list is expected after in", "write in ['a', 'b']");
        var values = ImmutableArray.CreateBuilder<Expression.Literal>();
        do
        {
            var at = Current;
            if (!Count(at)) return null;
            var value = ParsePrimary();
            if (value is null) return null;
            if (value is not Expression.Literal literal)
                return Fail(
                    at,
                    "a list holds texts, numbers, dates or money only",
                    "write the values themselves: in ['a', 'b']");
            values.Add(literal);
        }
        while (Take(","));
        if (!Take("]")) return Fail(Current, "the list has no end", "close it with ]");
        return new Expression.In(token.Offset, item, values.ToImmutable());
    }

    private Expression? ParseIs(Expression left, Token token)
    {
        var negated = Take("not");
        Expression result;
        if (Take("set")) result = new Expression.IsSet(token.Offset, left);
        else if (Take("empty")) result = new Expression.IsEmpty(token.Offset, left);
        else return Fail(Current, "'is' goes with set or empty only", "write is set, is empty, or = to compare");
        return negated ? new Expression.Not(token.Offset, result) : result;
    }

    private Expression? ParseWithin(Expression left, Token token)
    {
        var next = Take("next");
        if (Current.Kind != TokenKind.Duration)
            return Fail(Current, "a duration is expected after within", "write within 30d (past) or within next 30d");
        return new Expression.Within(token.Offset, left, CalendarDuration.Parse(tokens[_at++].Text)!.Value, next);
    }

    private Expression? ParseSum()
    {
        var left = ParseProduct();
        while (left is not null && (IsSymbol("+") || IsSymbol("-")))
        {
            var token = tokens[_at++];
            var right = ParseProduct();
            left = right is null || !Count(token)
                ? null
                : new Expression.Reckon(
                    token.Offset, token.Text == "+" ? Arithmetic.Add : Arithmetic.Subtract, left, right);
        }

        return left;
    }

    private Expression? ParseProduct()
    {
        var left = ParsePrimary();
        while (left is not null && (IsSymbol("*") || IsSymbol("/")))
        {
            var token = tokens[_at++];
            var right = ParsePrimary();
            left = right is null || !Count(token)
                ? null
                : new Expression.Reckon(
                    token.Offset, token.Text == "*" ? Arithmetic.Multiply : Arithmetic.Divide, left, right);
        }

        return left;
    }

    private Expression? ParsePrimary()
    {
        var token = Current;
        if (token.Kind == TokenKind.End)
            return Fail(token, "the condition ends too soon", "complete it, e.g. customer.orders = 0");
        _at++;
        switch (token.Kind)
        {
            case TokenKind.Text: return new Expression.Literal(token.Offset, new AttributeValue.Text(token.Text), AttributeType.Text);
            case TokenKind.Number: return NumberOf(token.Offset, Decimal(token.Text));
            case TokenKind.Percent: return NumberOf(token.Offset, Decimal(token.Text) / 100);
            case TokenKind.Duration: return new Expression.DurationLiteral(token.Offset, CalendarDuration.Parse(token.Text)!.Value);
            case TokenKind.Date:
                var date = LocalDatePattern.Iso.Parse(token.Text).Value;
                return new Expression.Literal(token.Offset, new AttributeValue.Day(date), AttributeType.Day);
            case TokenKind.Money: return ParseMoney(token);
            case TokenKind.Symbol: return ParseSymbol(token);
            default: return ParseName(token);
        }
    }

    private static decimal Decimal(string digits) =>
        decimal.Parse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private static Expression.Literal NumberOf(int offset, decimal value) =>
        new(offset, new AttributeValue.Number(value), AttributeType.Number);

    private Expression? ParseMoney(Token token)
    {
        var currency = token.Text[^3..];
        var amount = Decimal(token.Text[..^4]);
        if (CurrencyTable.Exponent(currency) is not { } decimals)
            return Fail(token, $"'{currency}' is no currency", "write its ISO 4217 code, e.g. 100 EUR");
        if (decimal.Round(amount, decimals) != amount || CurrencyTable.ToMinor(amount, currency) is not { } minor)
            return Fail(token, $"'{token.Text}' is no amount of that currency", $"{currency} has {decimals} decimal places");
        return new Expression.Literal(token.Offset, new AttributeValue.Money(minor, currency), AttributeType.Money);
    }

    private Expression? ParseSymbol(Token token)
    {
        if (token.Text == "(")
        {
            var inner = ParseOr();
            if (inner is null) return null;
            return Take(")") ? inner : Fail(Current, "a bracket is not closed", "close it with )");
        }

        if (token.Text == "-" && Current is { Kind: TokenKind.Number } number)
        {
            _at++;
            return NumberOf(token.Offset, -Decimal(number.Text));
        }

        return Fail(
            token,
            $"a value is expected before '{token.Text}'",
            "write an attribute, a text in single quotes, a number or a date");
    }

    private Expression? ParseName(Token token)
    {
        if (token.Text is "true" or "false")
            return new Expression.Literal(
                token.Offset, new AttributeValue.Flag(token.Text == "true"), AttributeType.Flag);
        if (token.Text.Contains('.', StringComparison.Ordinal)) return new Expression.Path(token.Offset, token.Text);
        if (Words.Contains(token.Text))
            return Fail(token, $"a value is expected before '{token.Text}'", "write what is compared");
        return Fail(
            token,
            $"'{token.Text}' is no attribute",
            $"an attribute has a root, e.g. customer.orders; a text stands in single quotes: '{token.Text}'");
    }
}
