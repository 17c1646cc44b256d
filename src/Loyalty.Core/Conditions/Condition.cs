using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Conditions;

/// <summary>A checked condition or formula: it names only known attributes and compares only what can be compared.</summary>
public sealed record Condition
{
    /// <summary>Characters.</summary>
    public const int MaxLength = 2000;

    /// <summary>Levels of brackets and <c>not</c>.</summary>
    public const int MaxDepth = 32;

    /// <summary>Values and operators: the bound on what one evaluation costs.</summary>
    public const int MaxNodes = 300;

    private readonly ImmutableHashSet<string> _annual;

    private Condition(string text, Expression expression, AttributeType type, ImmutableHashSet<string> annual) =>
        (Text, Expression, Type, _annual) = (text, expression, type, annual);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The tree.</summary>
    public Expression Expression { get; }

    /// <summary><see cref="AttributeType.Flag"/> for a condition.</summary>
    public AttributeType Type { get; }

    /// <summary>Reads and checks a condition.</summary>
    /// <param name="text">As a marketer wrote it.</param>
    /// <param name="catalogue">What may be named here.</param>
    /// <param name="errors">Empty on success; else everything found.</param>
    /// <returns>null where there are errors.</returns>
    public static Condition? Parse(string text, AttributeCatalogue catalogue, out IReadOnlyList<ConditionError> errors) =>
        Parse(text, catalogue, AttributeType.Flag, out errors);

    /// <summary>Reads and checks a formula that must give a value of <paramref name="expected"/> (null: any type).</summary>
    /// <inheritdoc cref="Parse(string, AttributeCatalogue, out IReadOnlyList{ConditionError})"/>
    public static Condition? Parse(
        string text, AttributeCatalogue catalogue, AttributeType? expected, out IReadOnlyList<ConditionError> errors)
    {
        if (text.Length > MaxLength)
        {
            errors = [new ConditionError(1, 1, $"the condition has more than {MaxLength} characters", "split it over several steps or declare a measure")];
            return null;
        }

        var lexer = new ConditionLexer(text);
        var tokens = lexer.Read();
        var parser = new ConditionParser(text, tokens);
        var tree = lexer.Error is null ? parser.Parse() : null;
        if (tree is null)
        {
            errors = [lexer.Error ?? parser.Error!];
            return null;
        }

        var checker = new ConditionChecker(text, catalogue);
        var type = checker.Check(tree, expected);
        errors = checker.Errors;
        if (errors.Count > 0) return null;
        var annual = PathsOf(tree).Where(p => catalogue.Find(p)?.Type == AttributeType.AnnualDay).ToImmutableHashSet();
        return new Condition(text, tree, type!.Value, annual);
    }

    /// <summary>True where the condition holds. Total: what cannot be compared does not hold.</summary>
    /// <param name="source">What it reads.</param>
    /// <param name="now">For <c>within</c>.</param>
    /// <param name="zone">The customer's zone: in it days begin and end.</param>
    public bool Holds(IAttributeSource source, Instant now, DateTimeZone zone) =>
        new ConditionEvaluator(source, _annual, now, zone).Holds(Expression);

    /// <inheritdoc cref="Holds(IAttributeSource, Instant, DateTimeZone)"/>
    /// <param name="lookup">Full path → value, <see cref="AttributeValue.None"/> where unset.</param>
    /// <param name="now">For <c>within</c>.</param>
    /// <param name="zone">The customer's zone: in it days begin and end.</param>
    public bool Holds(Func<string, AttributeValue> lookup, Instant now, DateTimeZone zone) => Holds(new AttributeFunction(lookup), now, zone);

    /// <summary>The value of the formula; <see cref="AttributeValue.None"/> where something in it is unset or it overflows.</summary>
    /// <inheritdoc cref="Holds(IAttributeSource, Instant, DateTimeZone)"/>
    public AttributeValue Evaluate(IAttributeSource source, Instant now, DateTimeZone zone) =>
        new ConditionEvaluator(source, _annual, now, zone).Evaluate(Expression);

    /// <inheritdoc cref="Evaluate(IAttributeSource, Instant, DateTimeZone)"/>
    /// <param name="lookup">Full path → value, <see cref="AttributeValue.None"/> where unset.</param>
    /// <param name="now">For <c>within</c>.</param>
    /// <param name="zone">The customer's zone: in it days begin and end.</param>
    public AttributeValue Evaluate(Func<string, AttributeValue> lookup, Instant now, DateTimeZone zone) => Evaluate(new AttributeFunction(lookup), now, zone);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Every attribute the condition names.</summary>
    public IEnumerable<string> Paths() => PathsOf(Expression);

    private static IEnumerable<string> PathsOf(Expression node) => node switch
    {
        Expression.Path path => [path.Name],
        Expression.Not not => PathsOf(not.Inner),
        Expression.And and => PathsOf(and.Left).Concat(PathsOf(and.Right)),
        Expression.Or or => PathsOf(or.Left).Concat(PathsOf(or.Right)),
        Expression.Compare compare => PathsOf(compare.Left).Concat(PathsOf(compare.Right)),
        Expression.In @in => PathsOf(@in.Item),
        Expression.Contains contains => PathsOf(contains.Whole).Concat(PathsOf(contains.Part)),
        Expression.IsSet set => PathsOf(set.Inner),
        Expression.IsEmpty empty => PathsOf(empty.Inner),
        Expression.Within within => PathsOf(within.Moment),
        Expression.Reckon reckon => PathsOf(reckon.Left).Concat(PathsOf(reckon.Right)),
        _ => [],
    };
}
