using System.Text.RegularExpressions;

namespace Loyalty.Repository.Tests;

/// <summary>What every source file and every test keeps to.</summary>
public sealed class SourceTests
{
    private const int MaxLines = 400;

    /// <summary>Tests that may name Task.Delay, with the reason.</summary>
    private static readonly Dictionary<string, string> DelaysAllowed = new(StringComparer.Ordinal)
    {
        ["tests/Loyalty.LocalHost.Tests/Time/HostClockTests.cs"] = "the delay is on the virtual clock under test",
    };

    [Fact]
    public void Sources_All_AreShort() => House.AssertNone(
        from file in House.CSharp()
        let lines = File.ReadAllLines(House.Full(file)).Length
        where lines > MaxLines
        select $"{file}: {lines} lines; split it by what changes together",
        $"Files above {MaxLines} lines:");

    [Fact]
    public void Sources_All_AreFinished()
    {
        // Put together, so that this file is not among what it finds.
        var unfinished = new Regex(@"\b(?:TO" + "DO|FIX" + "ME|NotImplemented" + @"Exception)\b");
        House.AssertNone(
            from file in House.Texts()
            let text = House.Read(file)
            from match in unfinished.Matches(text)
            select $"{file}:{CSharpText.Line(text, match.Index)}: {match.Value}",
            "What is left to do belongs into an issue:");
    }

    [Fact]
    public void Files_All_NameNoPathOfAMachine()
    {
        var paths = new Regex(@"(?<![\w.)>-])/(?:home|Users|root|work|tmp|mnt|private)/\w|(?<!\w)[A-Za-z]:\\{1,2}(?:Users|Windows|Program|src|code|work)\b|file:///\w");
        House.AssertNone(
            from file in House.Texts()
            let text = House.Read(file)
            from match in paths.Matches(text)
            select $"{file}:{CSharpText.Line(text, match.Index)}: {match.Value}",
            "Paths that exist on one machine only:");
    }

    [Fact]
    public void Tests_All_WaitWithoutSleeping() => House.AssertNone(
        from file in House.CSharp("tests/")
        let code = CSharpText.Code(House.Read(file))
        from match in Regex.Matches(code, @"\b(?:Thread\s*\.\s*Sleep|Task\s*\.\s*Delay|SpinWait)\b")
        where match.Value.Contains("Thread", StringComparison.Ordinal) || !DelaysAllowed.ContainsKey(file)
        select $"{file}:{CSharpText.Line(code, match.Index)}: {match.Value}: wait for the event itself, or drive a virtual clock",
        "Tests that sleep:");

    [Fact]
    public void Tests_AllowedDelays_AreStillThere() => House.AssertNone(
        DelaysAllowed.Keys.Where(file => !House.Exists(file) || !House.Read(file).Contains("Task.Delay", StringComparison.Ordinal)),
        "Exceptions that nobody needs any more:");

    [Fact]
    public void Tests_Skipped_SayWhy()
    {
        var skips = new Regex("""\bSkip(?:When|Unless)?\s*=\s*(?:"(?<why>[^"]*)"|(?<name>\w))""");
        House.AssertNone(
            from file in House.CSharp("tests/")
            let text = House.Read(file)
            from match in skips.Matches(text)
            where !match.Groups["name"].Success && match.Groups["why"].Value.Trim().Length < 10
            select $"{file}:{CSharpText.Line(text, match.Index)}: {match.Value}",
            "Skipped tests that do not say why:");
    }

    [Fact]
    public void Tests_Skipped_AreSkippedAtDiscovery()
    {
        // Put together, so that this file is not among what it finds.
        const string Token = "$XunitDynamic" + "Skip$";
        House.AssertNone(
            House.CSharp("tests/").Where(file => House.Read(file).Contains(Token, StringComparison.Ordinal)).Select(file => file + ": set Skip in an attribute, as SharedDataFactAttribute does"),
            "Tests that fail instead of being skipped (xunit 2 cannot skip a test that runs):");
    }

    [Fact]
    public void Tests_All_AreNamedByWhatAndExpectation() => House.AssertNone(
        from file in House.CSharp("tests/")
        let code = CSharpText.Code(House.Read(file))
        from match in Regex.Matches(code, @"\[(?:Fact|Theory)\b[^\]]*\](?:\s*\[[^\]]*\])*\s*public\s+(?:async\s+)?(?:static\s+)?[\w<>.]+\s+(\w+)")
        where match.Groups[1].Value.Count(character => character == '_') < 1
        select $"{file}:{CSharpText.Line(code, match.Groups[1].Index)}: {match.Groups[1].Value}",
        "Tests whose name says not what is tested and what is expected (Method_Scenario_Expected):");

    [SharedDataFact]
    public void TestData_NoFile_IsACopyOfTheSharedData()
    {
        var shared = SharedDataFactAttribute.Folder;
        var theirs = new DirectoryInfo(shared).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.Length > 32).ToLookup(file => file.Length);
        House.AssertNone(
            from file in House.Files
            let mine = new FileInfo(House.Full(file))
            from candidate in theirs[mine.Length]
            where Hash(mine).SequenceEqual(Hash(candidate))
            select $"{file} is {Path.GetRelativePath(shared, candidate.FullName)}: write a fixture of your own",
            "Files copied from the shared data:");
    }

    private static byte[] Hash(FileInfo file)
    {
        using var stream = file.OpenRead();
        return System.Security.Cryptography.SHA256.HashData(stream);
    }
}
