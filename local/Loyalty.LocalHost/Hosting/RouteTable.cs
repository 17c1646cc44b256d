using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.LocalHost.Hosting;

/// <summary>Refuses routes that would be matched differently here and in Azure.</summary>
internal static class RouteTable
{
    public static string Template(string prefix, string route) =>
        prefix.Length == 0 ? $"/{route.TrimStart('/')}" : $"/{prefix}/{route.TrimStart('/')}";

    /// <exception cref="HostStartException">A route is malformed, double, or has a literal where another has a
    /// parameter.</exception>
    public static void Check(FunctionCatalog catalog, string prefix)
    {
        var routes = catalog.With<HttpTriggerAttribute>()
            .SelectMany(pair => Shapes(
                pair.Function,
                Template(prefix, pair.Trigger.Route ?? pair.Function.Name),
                HttpFunctions.MethodsOf(pair.Trigger)))
            .ToList();
        for (var index = 0; index < routes.Count; index++)
        {
            foreach (var other in routes.Skip(index + 1)) Compare(routes[index], other);
        }
    }

    private static void Compare(Shape one, Shape other)
    {
        if (one.Function == other.Function || !one.Methods.Intersect(other.Methods).Any()
            || one.Segments.Count != other.Segments.Count)
            return;
        string? competing = null;
        for (var index = 0; index < one.Segments.Count; index++)
        {
            var (left, right) = (one.Segments[index], other.Segments[index]);
            if (left is not null && right is not null
                && !string.Equals(left, right, StringComparison.OrdinalIgnoreCase))
                return;
            if ((left is null) != (right is null)) competing ??= left ?? right;
        }

        throw new HostStartException(competing is null
            ? $"Functions '{one.Function.Name}' and '{other.Function.Name}' have the same route '{one.Route}' and "
                + $"method. Change one of them."
            : $"Functions '{one.Function.Name}' ({one.Route}) and '{other.Function.Name}' ({other.Route}): the "
                + $"literal '{competing}' and a parameter "
                + "compete in one segment; Azure would take whichever name comes first in the alphabet. Give one of "
                    + "them a segment of its own.");
    }

    /// <summary>A route's segments, null for a parameter; an optional parameter makes two shapes.</summary>
    private static IEnumerable<Shape> Shapes(LocalFunction function, string route, IReadOnlyList<string> methods)
    {
        RoutePattern pattern;
        try
        {
            pattern = RoutePatternFactory.Parse(route);
        }
        catch (RoutePatternException exception)
        {
            throw new HostStartException(
                $"Function '{function.Name}' has a malformed route '{route}': {exception.Message}", exception);
        }

        var segments = new List<string?>();
        foreach (var segment in pattern.PathSegments)
        {
            if (segment.Parts is [RoutePatternParameterPart { IsOptional: true }])
                yield return new Shape(function, route, methods, [.. segments]);
            segments.Add(segment.Parts is [RoutePatternLiteralPart literal] ? literal.Content : null);
        }

        yield return new Shape(function, route, methods, segments);
    }

    private sealed record Shape(
        LocalFunction Function, string Route, IReadOnlyList<string> Methods, IReadOnlyList<string?> Segments);
}
