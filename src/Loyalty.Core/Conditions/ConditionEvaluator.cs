using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using NodaTime;

namespace Loyalty.Core.Conditions;

/// <summary>Evaluates a checked tree. Total: what is unset, of another type than promised, or too large gives "unset" or false.</summary>
internal readonly struct ConditionEvaluator(
    IAttributeSource source, ImmutableHashSet<string> annual, Instant now, DateTimeZone zone)
{
    public AttributeValue Evaluate(Expression node) => node switch
    {
        Expression.Literal literal => literal.Value,
        Expression.Path path => source.Look(path.Name),
        Expression.Reckon reckon => Reckon(reckon),
        Expression.DurationLiteral => AttributeValue.None,
        _ => Holds(node),
    };

    /// <summary>Whether a condition holds; a value holds where it is a flag that is set.</summary>
    public bool Holds(Expression node) => node switch
    {
        Expression.Not not => !Holds(not.Inner),
        Expression.And and => Holds(and.Left) && Holds(and.Right),
        Expression.Or or => Holds(or.Left) || Holds(or.Right),
        Expression.Compare compare => Compare(compare.Operator, Evaluate(compare.Left), Evaluate(compare.Right)),
        Expression.In @in => In(Evaluate(@in.Item), @in),
        Expression.Contains contains => Contains(Evaluate(contains.Whole), Evaluate(contains.Part)),
        Expression.IsSet set => Evaluate(set.Inner) is not AttributeValue.Unset,
        Expression.IsEmpty empty => IsEmpty(Evaluate(empty.Inner)),
        Expression.Within within => Within(Evaluate(within.Moment), within),
        _ => Evaluate(node) is AttributeValue.Flag { Value: true },
    };

    private static bool IsEmpty(AttributeValue value) => value switch
    {
        AttributeValue.Unset => true,
        AttributeValue.Text text => text.Value.Length == 0,
        AttributeValue.List list => list.Values.IsDefaultOrEmpty,
        _ => false,
    };

    private bool Compare(Comparison comparison, AttributeValue left, AttributeValue right)
    {
        var order = Order(left, right);
        return comparison switch
        {
            Comparison.NotEqual => order != 0,
            Comparison.Equal => order == 0,
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Greater => order > 0,
            _ => order >= 0,
        };
    }

    /// <summary>Negative, 0, positive; null where the two cannot be compared (one is unset, two currencies), so that nothing but != holds.</summary>
    private int? Order(AttributeValue left, AttributeValue right) => (left, right) switch
    {
        (AttributeValue.Text a, AttributeValue.Text b) => string.CompareOrdinal(a.Value, b.Value),
        (AttributeValue.Number a, AttributeValue.Number b) => a.Value.CompareTo(b.Value),
        (AttributeValue.Flag a, AttributeValue.Flag b) => a.Value.CompareTo(b.Value),
        (AttributeValue.Money a, AttributeValue.Money b) when a.Currency == b.Currency => a.Minor.CompareTo(b.Minor),
        (AttributeValue.Moment a, AttributeValue.Moment b) => a.Value.CompareTo(b.Value),
        (AttributeValue.Day a, AttributeValue.Day b) => a.Value.CompareTo(b.Value),
        (AttributeValue.Moment a, AttributeValue.Day b) => LocalClock.Date(a.Value, zone).CompareTo(b.Value),
        (AttributeValue.Day a, AttributeValue.Moment b) => a.Value.CompareTo(LocalClock.Date(b.Value, zone)),
        _ => null,
    };

    private bool In(AttributeValue item, Expression.In node)
    {
        foreach (var value in node.Values)
        {
            if (Order(item, value.Value) == 0) return true;
        }

        return false;
    }

    private static bool Contains(AttributeValue whole, AttributeValue part) => (whole, part) switch
    {
        (AttributeValue.List list, AttributeValue.Text text) => !list.Values.IsDefault && list.Values.Contains(text.Value),
        (AttributeValue.Text a, AttributeValue.Text b) => a.Value.Contains(b.Value, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private bool Within(AttributeValue value, Expression.Within node)
    {
        var today = LocalClock.Date(now, zone);
        switch (value)
        {
            case AttributeValue.Moment moment:
                return node.Next
                    ? moment.Value >= now && moment.Value <= node.Span.After(now, zone)
                    : moment.Value <= now && moment.Value >= node.Span.Before(now, zone);
            case AttributeValue.Day day:
                var returns = IsAnnual(node.Moment);
                return node.Next
                    ? DayWithin(returns ? Following(node.Moment, today) : day.Value, today, node.Span.Shift(today, 1))
                    : DayWithin(returns ? Preceding(node.Moment, today) : day.Value, node.Span.Shift(today, -1), today);
            default: return false;
        }
    }

    private static bool DayWithin(LocalDate day, LocalDate first, LocalDate last) => day >= first && day <= last;

    private LocalDate Following(Expression annual, LocalDate today)
    {
        var year = AboutYear(annual, today);
        while (InYear(annual, year) < today) year++;
        return InYear(annual, year);
    }

    private LocalDate Preceding(Expression annual, LocalDate today)
    {
        var year = AboutYear(annual, today) + 2;
        while (InYear(annual, year) > today) year--;
        return InYear(annual, year);
    }

    /// <summary>The year before the one whose date falls into this year, or near it: what is added may reach over years.</summary>
    private int AboutYear(Expression annual, LocalDate today) => 2 * today.Year - InYear(annual, today.Year).Year - 1;

    /// <summary>The date in a year: the day first, then what is added, so that a week before 3 March is one in every year.</summary>
    private LocalDate InYear(Expression annual, int year) => annual switch
    {
        Expression.Reckon { Right: Expression.DurationLiteral span } reckon => span.Value.Shift(InYear(reckon.Left, year), reckon.Operator == Arithmetic.Add ? 1 : -1),
        _ => Evaluate(annual) is AttributeValue.Day { Value: var day } ? new AnnualDate(day.Month, day.Day).InYear(year) : default,
    };

    /// <summary>A birthday (or a birthday and a few days) returns every year.</summary>
    private bool IsAnnual(Expression node) => node switch
    {
        Expression.Path path => annual.Contains(path.Name),
        Expression.Reckon reckon => IsAnnual(reckon.Left),
        _ => false,
    };

    private AttributeValue Reckon(Expression.Reckon node)
    {
        var left = Evaluate(node.Left);
        if (node.Right is Expression.DurationLiteral span)
            return Shift(left, span.Value, node.Operator == Arithmetic.Add ? 1 : -1);
        try
        {
            return (left, Evaluate(node.Right)) switch
            {
                (AttributeValue.Number a, AttributeValue.Number b) => Number(node.Operator, a.Value, b.Value),
                (AttributeValue.Money a, AttributeValue.Money b) when a.Currency == b.Currency => node.Operator switch
                {
                    Arithmetic.Add => new AttributeValue.Money(a.Minor + b.Minor, a.Currency),
                    Arithmetic.Subtract => new AttributeValue.Money(a.Minor - b.Minor, a.Currency),
                    _ => Number(node.Operator, a.Minor, b.Minor),
                },
                (AttributeValue.Money a, AttributeValue.Number b) => Scaled(node.Operator, a, b.Value),
                (AttributeValue.Number a, AttributeValue.Money b) => Scaled(node.Operator, b, a.Value),
                _ => AttributeValue.None,
            };
        }
        catch (OverflowException)
        {
            return AttributeValue.None;
        }
    }

    private static AttributeValue Number(Arithmetic operation, decimal a, decimal b) => operation switch
    {
        Arithmetic.Add => a + b,
        Arithmetic.Subtract => a - b,
        Arithmetic.Multiply => a * b,
        _ => b == 0 ? AttributeValue.None : a / b,
    };

    private static AttributeValue Scaled(Arithmetic operation, AttributeValue.Money money, decimal by)
    {
        if (operation == Arithmetic.Divide && by == 0) return AttributeValue.None;
        var minor = operation == Arithmetic.Divide ? money.Minor / by : money.Minor * by;
        return new AttributeValue.Money((long)decimal.Round(minor, MidpointRounding.ToEven), money.Currency);
    }

    private AttributeValue Shift(AttributeValue value, CalendarDuration span, int sign) => value switch
    {
        AttributeValue.Moment moment => sign > 0 ? span.After(moment.Value, zone) : span.Before(moment.Value, zone),
        AttributeValue.Day day => new AttributeValue.Day(span.Shift(day.Value, sign)),
        _ => AttributeValue.None,
    };
}
