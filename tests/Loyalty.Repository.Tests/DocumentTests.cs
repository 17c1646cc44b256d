using System.Text.Json;
using System.Text.RegularExpressions;

namespace Loyalty.Repository.Tests;

/// <summary>The pages say what the code does: codes, settings, step types, links.</summary>
public sealed class DocumentTests
{
    private const string Errors = "docs/reference/errors.md";

    [Fact]
    public void Links_InEveryPage_LeadSomewhere() => House.AssertNone(
        from file in House.WithEnding(".md")
        from link in Markdown.Links(House.Read(file))
        where !Regex.IsMatch(link.Target, "^(?:https?|mailto):") && !Resolves(file, link.Target)
        select $"{file}:{link.Line}: {link.Target}",
        "Links that lead nowhere:");

    [Fact]
    public void RefusalCodes_EveryMember_HasStatusTitleAndMeaning()
    {
        var members = Regex.Matches(CSharpText.Code(House.Read("src/Loyalty.Core/RefusalCode.cs")), @"(?m)^    (\w+),").Select(match => match.Groups[1].Value).ToList();
        Assert.True(members.Count > 20, $"only {members.Count} codes: the reader has lost its way");
        var rows = Regex.Matches(House.Read(Errors), @"(?m)^\| `([a-z-]+)` \| (\d{3}) \| ([^|]*)\|").ToDictionary(match => match.Groups[1].Value, match => match, StringComparer.Ordinal);
        var table = House.Read("src/Loyalty.Engine/Refusals/RefusalTable.cs");
        var statuses = Statuses(table);
        House.AssertNone(members.Where(code => !statuses.ContainsKey(code)), "Codes without a status in RefusalTable.Status (it throws for them):");
        House.AssertNone(members.Where(code => !Regex.IsMatch(table, $"RefusalCode\\.{code} => \"")), "Codes without a title in RefusalTable.Title (it throws for them):");
        House.AssertNone(members.Where(code => !rows.TryGetValue(Wire(code), out var row) || row.Groups[3].Value.Trim().Length == 0).Select(Wire), $"Codes without a meaning in {Errors}:");
        House.AssertNone(rows.Keys.Except(members.Select(Wire)), $"Codes in {Errors} that do not exist (a code is never renamed):");
        House.AssertNone(
            members.Where(code => statuses.TryGetValue(code, out var status) && rows.TryGetValue(Wire(code), out var row) && row.Groups[2].Value != status).Select(Wire),
            $"Codes whose status in {Errors} is not RefusalTable's:");
    }

    [Fact]
    public void WithholdReasons_EveryConstant_IsDocumented()
    {
        var source = string.Concat(House.CSharp("src/Loyalty.Core/Contact/").Select(House.Read));
        var list = source[source.IndexOf("class WithholdReasons", StringComparison.Ordinal)..];
        var reasons = Regex.Matches(list, "public const string \\w+ = \"([a-z-]+)\";").Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(reasons);
        var page = House.Read(Errors);
        House.AssertNone(reasons.Where(reason => !Regex.IsMatch(page, $@"(?m)^\| `{reason}` \| \S")), $"Reasons why a message did not go that {Errors} does not explain:");
    }

    [Fact]
    public void Settings_EveryKeyThatIsRead_IsDocumented()
    {
        var page = House.Read("docs/reference/settings.md");
        var keys =
            from file in House.CSharp("functions/").Concat(House.CSharp("local/Loyalty.LocalHost/")).Concat(House.CSharp("cli/"))
            from match in Regex.Matches(House.Read(file), """[cC]onfiguration(?:\[|\.GetSection\(|, )"([A-Z][\w:]*)"[\]),]""")
            select match.Groups[1].Value.Replace(":", "__", StringComparison.Ordinal);
        var known = keys.Distinct().ToList();
        Assert.True(known.Count >= 4, "the reader has lost its way");
        House.AssertNone(known.Where(key => !page.Contains("`" + key, StringComparison.Ordinal)), "Settings that docs/reference/settings.md does not tell of:");
    }

    [Fact]
    public void StepTypes_EveryOne_IsDocumented()
    {
        var syntax = House.Read("src/Loyalty.Engine/Programs/JourneySyntax.cs");
        var page = House.Read("docs/reference/journeys.md");
        var keys = Regex.Matches(syntax, @"new\(""([a-z-]+)"",").Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.Contains("wait-for", keys);
        House.AssertNone(
            keys.Where(key => !Regex.IsMatch(page, $@"[`{{,(] ?{key}[`:, ]")), "Steps and options that docs/reference/journeys.md does not explain:");
    }

    [Fact]
    public void Decisions_EveryRecord_HasContextDecisionCostAndStandsInTheIndex()
    {
        var records = House.WithEnding(".md").Where(file => Regex.IsMatch(file, @"^docs/decisions/\d{4}-[a-z0-9-]+\.md$")).ToList();
        Assert.NotEmpty(records);
        var index = House.Read("docs/decisions/README.md");
        House.AssertNone(
            from file in records
            from heading in new[] { "## Context", "## Decision", "## Cost" }
            where !House.Read(file).Contains("\n" + heading + "\n", StringComparison.Ordinal)
            select $"{file}: {heading}",
            "Decisions that leave a part out:");
        House.AssertNone(records.Where(file => !index.Contains(Path.GetFileName(file), StringComparison.Ordinal)), "Decisions that docs/decisions/README.md does not list:");
        House.AssertNone(records.GroupBy(file => Path.GetFileName(file)[..4]).Where(group => group.Count() > 1).Select(group => group.Key), "Numbers used twice:");
    }

    [Fact]
    public void Readme_FirstScreen_HasTheCommandItsOutputAndThePicture()
    {
        var readme = House.Read("README.md");
        var first = string.Join('\n', readme.Split('\n').Take(12));
        Assert.Matches(@"(?m)^dotnet run --project cli -- demo$", first);
        Assert.Matches(@"(?m)^dotnet test$", readme);
        Assert.Matches(@"(?s)<!-- demo output -->.+<!-- /demo output -->", readme);
        Assert.Contains("docs/pictures/pipeline.svg", readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Changelog_Always_HasAnUnreleasedSection() =>
        Assert.Matches(@"(?m)^## \[Unreleased\]\s+### (Added|Changed|Fixed)", House.Read("CHANGELOG.md"));

    [Fact]
    public void Ci_TestCommand_IsTheReadmes() => Assert.Matches(@"(?m)^\s*dotnet test ", House.Read(".ci/run"));

    private static bool Resolves(string page, string target)
    {
        var parts = target.Split('#', 2);
        var path = parts[0].Length == 0 ? page : Path.GetRelativePath(House.Root, Path.Combine(House.Root, Path.GetDirectoryName(page)!, Uri.UnescapeDataString(parts[0]))).Replace('\\', '/');
        if (path.StartsWith("..", StringComparison.Ordinal)) return false;
        if (!House.Exists(path)) return parts.Length == 1 && Directory.Exists(House.Full(path));
        return parts.Length == 1 || !path.EndsWith(".md", StringComparison.Ordinal) || Markdown.Anchors(House.Read(path)).Contains(parts[1], StringComparer.Ordinal);
    }

    private static Dictionary<string, string> Statuses(string table)
    {
        var begin = table.IndexOf("int Status(", StringComparison.Ordinal);
        var arms = table[begin..table.IndexOf("string Title(", begin, StringComparison.Ordinal)];
        return (from arm in Regex.Matches(arms, @"((?:RefusalCode\.\w+\s*(?:or\s+)?)+)=>\s*(\d{3})")
                from code in Regex.Matches(arm.Groups[1].Value, @"RefusalCode\.(\w+)")
                select (code.Groups[1].Value, arm.Groups[2].Value)).ToDictionary(one => one.Item1, one => one.Item2, StringComparer.Ordinal);
    }

    private static string Wire(string code) => JsonNamingPolicy.KebabCaseLower.ConvertName(code);
}
