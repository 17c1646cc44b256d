using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

/// <summary>
/// Every code of a finding: a file that gets it, with its severity, and its line in docs/reference/journeys.md. A code that is added without either fails.
/// </summary>
public sealed partial class FindingListTests
{
    private const string Error = "error";
    private const string Warning = "warning";

    private static readonly Dictionary<string, (string Severity, Func<ProgramLoad> Load)> Table = new(StringComparer.Ordinal)
    {
        [FindingCodes.Unreadable] = (Error, static () => Bytes("journeys/trial.yaml", [0x6a, 0xff, 0xfe])),
        [FindingCodes.TooLarge] = (Error, static () => Top($"title: {new string('a', 2001)}")),
        [FindingCodes.Syntax] = (Error, static () => Shop.Load("journey: [")),
        [FindingCodes.NotPlainYaml] = (Error, static () => Shop.Load("journey: &anchor trial")),
        [FindingCodes.DuplicateKey] = (Error, static () => Top("topic: offers")),
        [FindingCodes.UnknownKey] = (Error, static () => Top("colour: red")),
        [FindingCodes.WrongType] = (Error, static () => Shop.Steps("  - just text")),
        [FindingCodes.Missing] = (Error, static () => Shop.Steps("  - { wait: 1d }")),
        [FindingCodes.BadName] = (Error, static () => Shop.Steps("  - { name: Big, wait: 1d }")),
        [FindingCodes.DuplicateName] = (Error, static () => Shop.Steps("  - { name: a, wait: 1d }\n  - { name: a, wait: 2d }")),
        [FindingCodes.UnknownStep] = (Error, static () => Shop.Steps("  - { name: a, wiat: 1d }")),
        [FindingCodes.UnknownTemplate] = (Error, static () => Shop.Steps("  - { name: a, send: helo }")),
        [FindingCodes.UnknownTopic] = (Error, static () => Shop.Steps("  - { name: a, send: hello, topic: ofers }")),
        [FindingCodes.UnknownEvent] = (Error, static () => Shop.Steps("  - { name: a, wait-for: { event: order.payed, up-to: 3d } }")),
        [FindingCodes.UnknownOffer] = (Error, static () => Shop.Steps("  - { name: a, offer: nothing }")),
        [FindingCodes.UnknownEndpoint] = (Error, static () => Shop.Steps("  - { name: a, webhook: nowhere }")),
        [FindingCodes.UnknownJourney] = (Error, static () => Shop.Steps("  - { name: a, start: nowhere }")),
        [FindingCodes.UnknownFact] = (Error, static () => Shop.Steps("  - { name: a, set: { customer.facts.seize: \"'L'\" } }")),
        [FindingCodes.UnknownWallet] = (Error, static () => Shop.Steps("  - { name: a, award: 5, wallet: nothing }")),
        [FindingCodes.BadCondition] = (Error, static () => Shop.Steps("  - { name: a, award: customer.ordres }")),
        [FindingCodes.HiddenComment] = (Error, static () => Shop.Load("journey: trial\nenter:\n  event: customer.signed-up\n  when: customer.orders = 0 # new ones\nsteps: [ { name: a, wait: 1d } ]")),
        [FindingCodes.BadValue] = (Error, static () => Shop.Steps("  - { name: a, award: 0 }")),
        [FindingCodes.BadTime] = (Error, static () => Shop.Steps("  - { name: a, wait: -1d }")),
        [FindingCodes.NoLimit] = (Error, static () => Shop.Steps("  - { name: a, repeat: { steps: [ { name: b, wait: 1d } ] } }")),
        [FindingCodes.BadShares] = (Error, static () => Shop.Steps("  - { name: a, split: [ { arm: b, share: 60%, steps: [ { name: c, wait: 1d } ] } ] }")),
        [FindingCodes.EmptyWindow] = (Error, static () => Top("send-window: { from: \"09:00\", to: \"09:00\" }")),
        [FindingCodes.Unreachable] = (Error, static () => Shop.Steps("  - { name: a, end: done }\n  - { name: b, wait: 1d }")),
        [FindingCodes.NoTopic] = (Error, static () => Shop.Load("journey: trial\nenter: { event: customer.signed-up }\nsteps: [ { name: a, send: hello } ]")),
        [FindingCodes.BadHoldout] = (Error, static () => Top("holdout: 10%")),
        [FindingCodes.NotSupported] = (Error, static () => Top("about: account")),
        [FindingCodes.TemplateVariable] = (Error, static () => Shop.Steps("  - { name: a, send: points }")),
        [FindingCodes.MayBeUnset] = (Error, static () => Shop.Steps(
            "  - { name: gift, award: 5, refused: [ { name: pity, wait: 1d } ] }\n  - { name: more, award: steps.gift.points }")),
        [FindingCodes.JourneyLoop] = (Error, static () => Shop.Load("journey: trial\nenter: { manual: true }\nsteps:\n  - { name: w, wait: 1d }\n  - { name: x, start: trial }")),
        [FindingCodes.TooManySends] = (Error, static () => Shop.Load(
            Shop.Head + "\nsteps:\n  - { name: a, send: hello }\n  - { name: w, wait: 1d }\n  - { name: b, send: hello }", Shop.Program + "\ncontact: { caps: [ { at-most: 1, per: month } ] }\n")),
        [FindingCodes.SendsTogether] = (Warning, static () => Shop.Steps("  - { name: a, send: hello }\n  - { name: b, send: hello }")),
        [FindingCodes.HidesField] = (Warning, static () => Shop.Load("journey: trial\nenter: { manual: true, with: { type: text } }\nsteps: [ { name: a, wait: 1d } ]")),
        [FindingCodes.ShortGoal] = (Warning, static () => Top("goal: { event: order.paid, within: 12h }")),
    };

    /// <summary>What only the store's people can tell, and the test that produces it.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        [FindingCodes.QuotaTooSmall] = "tests/Loyalty.Engine.Tests/Runs/AudienceTests.cs Forecast_AudienceBeyondTheQuota_IsAnErrorAtEnter",
    };

    public static TheoryData<string> Codes() => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Load_ForEachCode_FindsItAloneWithPlaceAndRemedy(string code)
    {
        var (severity, load) = Table[code];

        var finding = Assert.Single(load().Findings);
        Assert.Equal((code, severity), (finding.Code, finding.Severity.ToString().ToLowerInvariant()));
        Assert.StartsWith("journeys/trial.yaml:", finding.ToString(), StringComparison.Ordinal);
        Assert.True(finding is { Line: > 0, Column: > 0 } && finding.Remedy.Length > 5);
    }

    [Fact]
    public void Page_TableOfCodes_IsThatOfTheProgramAndOfTheTests()
    {
        var declared = typeof(FindingCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (string)field.GetRawConstantValue()!).Order(StringComparer.Ordinal).ToList();
        var page = File.ReadAllText(SourceTree.File("docs", "reference", "journeys.md"));
        var documented = Row().Matches(page[page.IndexOf("## What is checked", StringComparison.Ordinal)..page.IndexOf("## offers.yaml", StringComparison.Ordinal)])
            .Select(static row => row.Groups["code"].Value).Order(StringComparer.Ordinal);

        Assert.Equal(declared, documented);
        Assert.Equal(declared, Table.Keys.Concat(Elsewhere.Keys).Order(StringComparer.Ordinal));
        Assert.All(Elsewhere.Values, static test => Assert.Contains(
            test.Split(' ')[1], File.ReadAllText(SourceTree.File(test.Split(' ')[0])), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^\| `(?<code>[a-z-]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    private static ProgramLoad Top(string line) => Shop.Load(Shop.Head + "\n" + line + "\nsteps:\n  - { name: a, wait: 1d }");

    private static ProgramLoad Bytes(string path, byte[] bytes) => ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>>
    {
        ["program.yaml"] = Encoding.UTF8.GetBytes(Shop.Program),
        [path] = bytes,
    });
}
