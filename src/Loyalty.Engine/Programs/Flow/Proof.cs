using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>
/// What a condition proves about values being set. Of an unset value only <c>!=</c>, <c>not</c> and <c>is empty</c> hold, so any other comparison that
/// holds proves that both its sides are set.
/// </summary>
internal static class Proof
{
    public static ImmutableHashSet<string> Nothing { get; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Paths that are set where the condition gives <paramref name="holds"/>.</summary>
    /// <param name="condition">null: nothing is asked.</param>
    /// <param name="holds">What it gave.</param>
    /// <param name="leaves">Step and result → what the step then leaves, for conditions on <c>steps.NAME.result</c>.</param>
    public static ImmutableHashSet<string> Of(Condition? condition, bool holds, Func<string, string, IEnumerable<string>> leaves) =>
        condition is null ? Nothing : Of(condition.Expression, holds, leaves);

    /// <summary>Paths that must be set for the formula to give a value; what <c>is set</c> and comparisons ask about need not be.</summary>
    public static IEnumerable<string> Needs(Expression node) => node switch
    {
        Expression.Path path => [path.Name],
        Expression.Reckon reckon => Needs(reckon.Left).Concat(Needs(reckon.Right)),
        _ => [],
    };

    private static ImmutableHashSet<string> Of(Expression node, bool holds, Func<string, string, IEnumerable<string>> leaves) => node switch
    {
        Expression.Not not => Of(not.Inner, !holds, leaves),
        Expression.And and => Both(Of(and.Left, holds, leaves), Of(and.Right, holds, leaves), all: holds),
        Expression.Or or => Both(Of(or.Left, holds, leaves), Of(or.Right, holds, leaves), all: !holds),
        Expression.IsSet set when holds => Needed(set.Inner),
        Expression.IsEmpty empty when !holds => Needed(empty.Inner),
        Expression.Contains contains when holds => Needed(contains.Whole).Union(Needed(contains.Part)),
        Expression.Within within when holds => Needed(within.Moment),
        Expression.In @in when holds => Needed(@in.Item).Union(AnyOf(@in, leaves)),
        Expression.Compare compare when holds == (compare.Operator != Comparison.NotEqual) =>
            Needed(compare.Left).Union(Needed(compare.Right)).Union(IsEquality(compare.Operator) ? Left(compare, leaves) : []),
        Expression.Path path when holds => Nothing.Add(path.Name),
        _ => Nothing,
    };

    private static bool IsEquality(Comparison comparison) => comparison is Comparison.Equal or Comparison.NotEqual;

    private static ImmutableHashSet<string> Both(ImmutableHashSet<string> one, ImmutableHashSet<string> other, bool all) => all ? one.Union(other) : one.Intersect(other);

    private static ImmutableHashSet<string> Needed(Expression node) => Nothing.Union(Needs(node));

    private static IEnumerable<string> Left(Expression.Compare compare, Func<string, string, IEnumerable<string>> leaves) =>
        (compare.Left, compare.Right) switch
        {
            (Expression.Path path, Expression.Literal { Value: AttributeValue.Text word }) => LeftBy(path.Name, word.Value, leaves),
            (Expression.Literal { Value: AttributeValue.Text word }, Expression.Path path) => LeftBy(path.Name, word.Value, leaves),
            _ => [],
        };

    private static ImmutableHashSet<string> AnyOf(Expression.In node, Func<string, string, IEnumerable<string>> leaves)
    {
        if (node.Item is not Expression.Path path) return Nothing;
        ImmutableHashSet<string>? common = null;
        foreach (var value in node.Values)
        {
            var left = value.Value is AttributeValue.Text word ? Nothing.Union(LeftBy(path.Name, word.Value, leaves)) : Nothing;
            common = common?.Intersect(left) ?? left;
        }

        return common ?? Nothing;
    }

    private static IEnumerable<string> LeftBy(string path, string result, Func<string, string, IEnumerable<string>> leaves)
    {
        var parts = path.Split('.');
        return parts is ["steps", var step, "result"] ? leaves(step, result) : [];
    }
}
