using System.Text.RegularExpressions;

namespace Loyalty.Repository.Tests;

/// <summary>Access and routes of the HTTP functions, the same in both builds.</summary>
public sealed class HttpFunctionTests
{
    [Fact]
    public void HttpFunctions_Reader_FindsEveryTrigger()
    {
        var triggers = House.CSharp("functions/").Sum(file => Regex.Count(CSharpText.Code(House.Read(file)), @"\bHttpTrigger\("));
        Assert.True(triggers >= 10, $"only {triggers} HTTP functions: the reader has lost its way");
        Assert.Equal(triggers, HttpFunction.All.Count);
        House.AssertNone(HttpFunction.All.Where(one => one.Name.Length == 0).Select(one => one.Place), "HTTP triggers without [Function]:");
        House.AssertNone(HttpFunction.All.GroupBy(one => one.Name).Where(group => group.Count() > 1).Select(group => group.Key), "Function names used twice:");
    }

    [Fact]
    public void HttpFunctions_All_AreAnonymousToAzureAndCarryAccess()
    {
        House.AssertNone(
            HttpFunction.All.Where(one => !one.IsAnonymous).Select(one => $"{one.Place} {one.Name}: write AuthorizationLevel.Anonymous"),
            "Functions whose access Azure would check, so that the builds differ:");
        House.AssertNone(
            HttpFunction.All.Where(one => one.Roles is null || !one.Roles.Contains("Role.", StringComparison.Ordinal)).Select(one => $"{one.Place} {one.Name}: add [Access(Role.…)] between [Function] and the method"),
            "Functions that say not who may call them (they refuse everybody):");
    }

    [Fact]
    public void Routes_OfOneMethod_NeverCompete()
    {
        House.AssertNone(
            HttpFunction.All.Where(one => one.Route is null || one.Methods.Count == 0).Select(one => $"{one.Place} {one.Name}: declare method and Route"),
            "Functions without method or route:");
        House.AssertNone(
            HttpFunction.All.Where(one => Regex.IsMatch(one.Route ?? "", @"\{\*|\?\}|\{[^}]*=")).Select(one => $"{one.Place} {one.Route}: make a function of each shape"),
            "Routes with optional or catch-all parts:");
        House.AssertNone(
            from first in HttpFunction.All
            from second in HttpFunction.All
            where string.CompareOrdinal(first.Name, second.Name) < 0 && first.Methods.Intersect(second.Methods).Any() && Compete(first.Segments, second.Segments)
            select $"{first.Place} {first.Route} and {second.Place} {second.Route}: Azure takes the one that is first in the alphabet; rename one",
            "Routes that match the same path:");
    }

    [Theory]
    [InlineData("customers/{id}", "customers/search", true)]
    [InlineData("customers/{id}", "customers/{name}", true)]
    [InlineData("customers/{id}/points", "customers/{id}/runs", false)]
    [InlineData("customers/{id}", "customers/{id}/runs", false)]
    [InlineData("{kind}/all", "customers/{id}", true)]
    public void Compete_Table_IsAsStated(string first, string second, bool expected) =>
        Assert.Equal(expected, Compete(first.Split('/'), second.Split('/')));

    [Fact]
    public void Routes_All_AreDocumentedAndNothingElse()
    {
        var page = House.Read("docs/reference/http.md");
        var actual = HttpFunction.All.SelectMany(one => one.Methods.Select(method => $"{method} /{one.Route}")).Order(StringComparer.Ordinal).ToList();
        var told = Regex.Matches(page, @"(?m)^\| `((?:GET|POST|PUT|PATCH|DELETE|OPTIONS) /[^`?]*)")
            .Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal).ToList();
        House.AssertNone(actual.Except(told).Select(route => route + ": add a row to docs/reference/http.md"), "Routes that nobody is told of:");
        House.AssertNone(told.Except(actual), "Routes that docs/reference/http.md tells of and functions/ does not have:");
    }

    /// <summary>Whether some path matches both.</summary>
    private static bool Compete(IReadOnlyList<string> first, IReadOnlyList<string> second) =>
        first.Count == second.Count
        && first.Zip(second).All(pair => pair.First.StartsWith('{') || pair.Second.StartsWith('{') || string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase));
}
