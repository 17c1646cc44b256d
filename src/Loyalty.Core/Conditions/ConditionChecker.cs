using System.Collections.Immutable;

namespace Loyalty.Core.Conditions;

/// <summary>Finds the type of every part and reports what does not fit. null as a type means: already reported.</summary>
internal sealed class ConditionChecker(string text, AttributeCatalogue catalogue)
{
    private readonly List<ConditionError> _errors = [];

    public IReadOnlyList<ConditionError> Errors => _errors;

    public AttributeType? Check(Expression root, AttributeType? expected)
    {
        var type = TypeOf(root);
        if (type is null || expected is null || type == expected) return type;
        if (expected == AttributeType.Flag)
            Report(
                root.Offset,
                $"{Article(type.Value)} alone is no condition",
                "compare it (= < > in contains) or ask is set or is empty");
        else
            Report(
                root.Offset,
                $"{Article(expected.Value)} is expected, this is {Article(type.Value)}",
                $"write something that gives {Article(expected.Value)}");
        return type;
    }

    private static string Article(AttributeType type) => type switch
    {
        AttributeType.Text => "a text",
        AttributeType.Number => "a number",
        AttributeType.Flag => "a yes/no value",
        AttributeType.Moment => "a moment",
        AttributeType.Day => "a date",
        AttributeType.AnnualDay => "a date that returns every year",
        AttributeType.Money => "money",
        AttributeType.List => "a list",
        _ => "a duration",
    };

    private static bool IsDate(AttributeType type) =>
        type is AttributeType.Moment or AttributeType.Day or AttributeType.AnnualDay;

    private AttributeType? Report(int offset, string message, string remedy, string? nearest = null)
    {
        _errors.Add(ConditionError.At(text, offset, message, remedy, nearest));
        return null;
    }

    private AttributeType? TypeOf(Expression node)
    {
        switch (node)
        {
            case Expression.Literal literal: return literal.Type;
            case Expression.DurationLiteral: return AttributeType.Duration;
            case Expression.Path path: return PathType(path);
            case Expression.Not not: return Flags(not.Inner);
            case Expression.And and: return Both(and.Left, and.Right);
            case Expression.Or or: return Both(or.Left, or.Right);
            case Expression.Compare compare: return CompareType(compare);
            case Expression.In @in: return InType(@in);
            case Expression.Contains contains: return ContainsType(contains);
            case Expression.IsSet set: return TypeOf(set.Inner) is null ? null : AttributeType.Flag;
            case Expression.IsEmpty empty: return TypeOf(empty.Inner) is null ? null : AttributeType.Flag;
            case Expression.Within within: return WithinType(within);
            default: return ReckonType((Expression.Reckon)node);
        }
    }

    private AttributeType? PathType(Expression.Path path)
    {
        if (catalogue.Find(path.Name) is { } info) return info.Type;
        var nearest = NearestName.Of(path.Name, catalogue.Paths);
        var remedy = nearest is not null
            ? $"did you mean {nearest}?"
            : path.Name.Contains('-', StringComparison.Ordinal) && catalogue.Find(path.Name[..path.Name.IndexOf('-', StringComparison.Ordinal)]) is not null
                ? "a minus stands between spaces"
                : $"known here: {Known(path.Name)}";
        return Report(path.Offset, $"there is no attribute '{path.Name}' here", remedy, nearest);
    }

    private string Known(string name)
    {
        var root = name[..(name.IndexOf('.', StringComparison.Ordinal) + 1)];
        var same = catalogue.Paths.Where(p => p.StartsWith(root, StringComparison.Ordinal)).Take(12).ToList();
        if (same.Count == 0)
            same = [.. catalogue.Paths.Select(p => p[..p.IndexOf('.', StringComparison.Ordinal)] + ".*").Distinct()];
        return string.Join(", ", same);
    }

    private AttributeType? Flags(Expression inner)
    {
        var type = TypeOf(inner);
        if (type is null or AttributeType.Flag) return type;
        return Report(
            inner.Offset,
            $"{Article(type.Value)} alone is no condition",
            "compare it (= < > in contains) or ask is set or is empty");
    }

    private AttributeType? Both(Expression left, Expression right)
    {
        var (one, other) = (Flags(left), Flags(right));
        return one is null || other is null ? null : AttributeType.Flag;
    }

    private AttributeType? CompareType(Expression.Compare compare)
    {
        var (left, right) = (TypeOf(compare.Left), TypeOf(compare.Right));
        if (left is null || right is null) return null;
        var equality = compare.Operator is Comparison.Equal or Comparison.NotEqual;
        if (IsDate(left.Value) && IsDate(right.Value)) return AttributeType.Flag;
        if (left != right) return Mismatch(compare.Offset, left.Value, right.Value);
        if (left is AttributeType.Number or AttributeType.Money) return AttributeType.Flag;
        if (left == AttributeType.List)
            return Report(compare.Offset, "lists cannot be compared", "write contains 'x' or is empty");
        if (left == AttributeType.Duration)
            return Report(
                compare.Offset,
                "two durations say nothing about the customer",
                "use within, e.g. customer.last-order-at within 30d");
        if (!equality) return Report(compare.Offset, $"{Article(left.Value)} has no order", "use = or != or in");
        return KnownValue(compare.Left, compare.Right) && KnownValue(compare.Right, compare.Left) ? AttributeType.Flag : null;
    }

    private AttributeType? Mismatch(int offset, AttributeType left, AttributeType right)
    {
        var types = (left, right);
        var remedy = types switch
        {
            (AttributeType.Money, AttributeType.Number) or (AttributeType.Number, AttributeType.Money) => "write money with its currency, e.g. 100 EUR",
            (_, AttributeType.Duration) when IsDate(left) => "write within, e.g. customer.last-order-at within 30d",
            (AttributeType.List, AttributeType.Text) => "write contains",
            (AttributeType.Number, AttributeType.Text) or (AttributeType.Text, AttributeType.Number) => "numbers stand without quotes, texts in single quotes",
            _ => "compare values of one kind",
        };
        return Report(offset, $"{Article(left)} cannot be compared with {Article(right)}", remedy);
    }

    /// <summary>An attribute with a closed list of values is compared with one of them.</summary>
    private bool KnownValue(Expression side, Expression other)
    {
        if (side is not Expression.Path path || other is not Expression.Literal { Value: AttributeValue.Text written } literal)
            return true;
        if (catalogue.Find(path.Name) is not { Values.IsEmpty: false } info || info.Values.Contains(written.Value))
            return true;
        var nearest = NearestName.Of(written.Value, info.Values);
        var known = string.Join(", ", info.Values.Select(v => $"'{v}'"));
        Report(
            literal.Offset,
            $"{path.Name} is never '{written.Value}'",
            nearest is null ? $"it is one of {known}" : $"did you mean '{nearest}'?",
            nearest);
        return false;
    }

    private AttributeType? InType(Expression.In node)
    {
        if (TypeOf(node.Item) is not { } item) return null;
        if (item is not (AttributeType.Text or AttributeType.Number or AttributeType.Day or AttributeType.Money))
            return Report(
                node.Offset,
                $"{Article(item)} is never one of a list of values",
                item == AttributeType.List ? "write contains" : "use = or within");
        var fits = true;
        foreach (var value in node.Values)
        {
            if (value.Type != item)
                fits = Report(value.Offset, $"the list holds {Article(value.Type)}, the attribute is {Article(item)}", "list values of the attribute's kind") is not null;
            else fits &= KnownValue(node.Item, value);
        }

        return fits ? AttributeType.Flag : null;
    }

    private AttributeType? ContainsType(Expression.Contains node)
    {
        var (whole, part) = (TypeOf(node.Whole), TypeOf(node.Part));
        if (whole is null || part is null) return null;
        if (whole is AttributeType.List or AttributeType.Text && part == AttributeType.Text) return AttributeType.Flag;
        return Report(
            node.Offset,
            $"{Article(whole.Value)} cannot contain {Article(part.Value)}",
            "contains asks whether a list has a text, or a text has a part");
    }

    private AttributeType? WithinType(Expression.Within node)
    {
        if (TypeOf(node.Moment) is not { } type) return null;
        if (!IsDate(type))
            return Report(node.Offset, $"{Article(type)} is not in time", "within asks about a date or a moment");
        return node.Span.IsZero ? Report(node.Offset, "within nothing never holds", "write a duration such as 30d") : AttributeType.Flag;
    }

    private AttributeType? ReckonType(Expression.Reckon node)
    {
        var (left, right) = (TypeOf(node.Left), TypeOf(node.Right));
        if (left is null || right is null) return null;
        var result = (node.Operator, left.Value, right.Value) switch
        {
            (_, AttributeType.Number, AttributeType.Number) => AttributeType.Number,
            (Arithmetic.Add or Arithmetic.Subtract, AttributeType.Money, AttributeType.Money) => AttributeType.Money,
            (Arithmetic.Divide, AttributeType.Money, AttributeType.Money) => AttributeType.Number,
            (Arithmetic.Multiply or Arithmetic.Divide, AttributeType.Money, AttributeType.Number) => AttributeType.Money,
            (Arithmetic.Multiply, AttributeType.Number, AttributeType.Money) => AttributeType.Money,
            (Arithmetic.Add or Arithmetic.Subtract, var date, AttributeType.Duration) when IsDate(date) => date,
            _ => (AttributeType?)null,
        };
        return result ?? Report(
            node.Offset,
            $"{Article(left.Value)} and {Article(right.Value)} cannot be reckoned together",
            "numbers with numbers, money with money of the same currency, dates with durations");
    }
}
