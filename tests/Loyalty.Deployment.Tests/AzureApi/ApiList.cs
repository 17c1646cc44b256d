using System.Text.RegularExpressions;

namespace Loyalty.Deployment.Tests.AzureApi;

/// <summary>The packages' members by type: <c>members.txt</c> beside the tests, and the page it was made from where that is present.</summary>
internal static class ApiList
{
    /// <summary>Reads members.txt: a type's full name, then its members, each indented by two blanks.</summary>
    public static IReadOnlyDictionary<string, SortedSet<string>> Read(string text)
    {
        var types = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        SortedSet<string>? members = null;
        foreach (var line in text.Split('\n').Where(static line => line.Trim().Length > 0 && !line.StartsWith('#')))
        {
            if (line.StartsWith("  ", StringComparison.Ordinal)) members!.Add(line.Trim());
            else types.Add(line.Trim(), members = new SortedSet<string>(StringComparer.Ordinal));
        }

        return types;
    }

    /// <summary>Reads the documentation's form: <c>`Full.Name` (kind)</c>, then members indented by two blanks.</summary>
    public static IReadOnlyDictionary<string, SortedSet<string>> Parse(string page)
    {
        var types = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        SortedSet<string>? members = null;
        var name = "";
        foreach (var line in page.Split('\n'))
        {
            if (Regex.Match(line, @"^`([\w.]+)` \(") is { Success: true } head)
            {
                name = head.Groups[1].Value;
                types[name] = members = new SortedSet<string>(StringComparer.Ordinal);
            }
            else if (line.StartsWith("  ", StringComparison.Ordinal) && members is not null && ApiText.Member(line, name.Split('.')[^1]) is { } member)
            {
                members.Add(member);
            }
        }

        return types;
    }

    public static string Write(IReadOnlyDictionary<string, SortedSet<string>> types) =>
        string.Join("\n\n", types.OrderBy(static type => type.Key, StringComparer.Ordinal)
            .Select(static type => type.Key + string.Concat(type.Value.Select(static member => "\n  " + member)))) + "\n";
}
