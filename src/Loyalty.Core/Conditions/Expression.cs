using System.Collections.Immutable;
using Loyalty.Core.Calendars;

namespace Loyalty.Core.Conditions;

/// <summary>How two values are compared.</summary>
public enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>How two values are reckoned together.</summary>
public enum Arithmetic
{
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// <summary>A condition as a tree. A closed set. <see cref="Offset"/> is the place in the text, from 0.</summary>
public abstract record Expression
{
    private Expression(int offset) => Offset = offset;

    public int Offset { get; }

    public sealed record Literal(int Offset, AttributeValue Value, AttributeType Type) : Expression(Offset);

    public sealed record DurationLiteral(int Offset, CalendarDuration Value) : Expression(Offset);

    public sealed record Path(int Offset, string Name) : Expression(Offset);

    public sealed record Not(int Offset, Expression Inner) : Expression(Offset);

    public sealed record And(int Offset, Expression Left, Expression Right) : Expression(Offset);

    public sealed record Or(int Offset, Expression Left, Expression Right) : Expression(Offset);

    public sealed record Compare(int Offset, Comparison Operator, Expression Left, Expression Right) : Expression(Offset);

    public sealed record In(int Offset, Expression Item, ImmutableArray<Literal> Values) : Expression(Offset);

    public sealed record Contains(int Offset, Expression Whole, Expression Part) : Expression(Offset);

    public sealed record IsSet(int Offset, Expression Inner) : Expression(Offset);

    public sealed record IsEmpty(int Offset, Expression Inner) : Expression(Offset);

    /// <summary><c>within 30d</c> (past, both ends included) or, with <paramref name="Next"/>, <c>within next 30d</c>.</summary>
    public sealed record Within(int Offset, Expression Moment, CalendarDuration Span, bool Next) : Expression(Offset);

    public sealed record Reckon(int Offset, Arithmetic Operator, Expression Left, Expression Right) : Expression(Offset);
}
