using System.CommandLine;
using System.Text.RegularExpressions;
using Loyalty.Cli.CommandLine;

namespace Loyalty.Cli.Tests.CommandLine;

/// <summary>docs/reference/commands.md and <c>--help</c> tell of the same verbs and options.</summary>
public sealed partial class CommandReferenceTests
{
    private static readonly string Page = File.ReadAllText(SourceTree.File("docs", "reference", "commands.md"));

    /// <summary>What stands before the first verb holds for all of them.</summary>
    private static readonly string Intro = Page[..Page.IndexOf("\n## ", StringComparison.Ordinal)];

    [Fact]
    public void Reference_EveryVerbAndOption_IsDescribed()
    {
        var sections = Sections();
        var missing = new List<string>();
        foreach (var (verb, command) in Leaves(LoyaltyCommandLine.Root()))
        {
            if (SectionOf(sections, verb) is not { } section)
            {
                missing.Add($"no section for '{verb}'");
                continue;
            }

            foreach (var option in command.Options.Where(static option => !option.Hidden && option.Name.StartsWith("--", StringComparison.Ordinal)))
            {
                if (option.Name != "--help" && !Names(section, option.Name) && !Names(Intro, option.Name)) missing.Add($"{verb} {option.Name}");
            }
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void Reference_EveryOptionInTheUsageOfAVerb_IsOne()
    {
        var sections = Sections();
        var known = Leaves(LoyaltyCommandLine.Root()).ToList();
        var unknown = new List<string>();
        foreach (var (heading, section) in sections)
        {
            var commands = known.Where(one => SectionOf(sections, one.Verb) == section).SelectMany(static one => one.Command.Options).Select(static option => option.Name).ToHashSet(StringComparer.Ordinal);
            var usage = string.Concat(Usage().Matches(section).Select(static block => block.Value));
            unknown.AddRange(Option().Matches(usage).Select(static option => option.Value).Where(option => !commands.Contains(option)).Select(option => $"{heading} {option}"));
        }

        Assert.Empty(unknown);
    }

    private static IEnumerable<(string Verb, Command Command)> Leaves(Command command, string above = "")
    {
        foreach (var child in command.Subcommands)
        {
            var verb = (above + " " + child.Name).Trim();
            if (child.Subcommands.Count == 0) yield return (verb, child);
            foreach (var leaf in Leaves(child, verb)) yield return leaf;
        }
    }

    /// <summary>Of <c>tiers preview</c> its own section, else that of <c>tiers</c>.</summary>
    private static string? SectionOf(IReadOnlyDictionary<string, string> sections, string verb) =>
        sections.GetValueOrDefault(verb) ?? sections.GetValueOrDefault(verb.Split(' ')[0]);

    /// <summary>By verb; a heading may name several.</summary>
    private static Dictionary<string, string> Sections() => Page.Split("\n## ").Skip(1)
        .SelectMany(static section => section.Split('\n', 2)[0].Split(", ").Select(verb => (Verb: verb.Trim(), section)))
        .ToDictionary(static one => one.Verb, static one => one.section, StringComparer.Ordinal);

    private static bool Names(string text, string option) => Option().Matches(text).Any(match => match.Value == option);

    [GeneratedRegex("--[a-z][a-z-]*", RegexOptions.None, 1000)]
    private static partial Regex Option();

    [GeneratedRegex("```sh\\n.*?```", RegexOptions.Singleline, 1000)]
    private static partial Regex Usage();
}
