using System.Text;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

public sealed class HostileFileTests
{
    public static TheoryData<string, string, string> Files => new()
    {
        { "flow lists", "steps: " + new string('[', 10_000), FindingCodes.NotPlainYaml },
        { "flow maps", string.Concat(Enumerable.Repeat("{a: ", 10_000)), FindingCodes.NotPlainYaml },
        { "nested lines", string.Concat(Enumerable.Range(0, 1000).Select(i => new string(' ', i) + "a:\n")), FindingCodes.NotPlainYaml },
        { "nested dashes", string.Concat(Enumerable.Repeat("- ", 10_000)), FindingCodes.NotPlainYaml },
        { "anchors", "a: &a [x]\nb: *a", FindingCodes.NotPlainYaml },
        { "alias bomb", "a: &a [l, l]\n" + string.Concat(Enumerable.Range(1, 20).Select(i => $"b{i}: &b{i} [*a, *a]\n")), FindingCodes.NotPlainYaml },
        { "tag", "a: !!python/object x", FindingCodes.NotPlainYaml },
        { "own tag", "journey: !name trial", FindingCodes.NotPlainYaml },
        { "second document", "journey: trial\n---\njourney: trial", FindingCodes.NotPlainYaml },
        { "key that is a list", "? [a, b]\n: c", FindingCodes.NotPlainYaml },
        { "duplicate key", "journey: trial\njourney: trial", FindingCodes.DuplicateKey },
        { "too large", "journey: " + new string('x', 5_000_000), FindingCodes.TooLarge },
        { "many parts", "a: [" + string.Concat(Enumerable.Repeat("x,", 100_000)) + "]", FindingCodes.NotPlainYaml },
        { "not closed", "a: [1, 2", FindingCodes.Syntax },
        { "tab", "a:\n\t- b", FindingCodes.Syntax },
        { "quote not closed", "a: \"b", FindingCodes.Syntax },
        { "empty", "", FindingCodes.Missing },
        { "comment only", "# nothing", FindingCodes.Missing },
        { "directive", "%YAML 3.9\n---\na: b", FindingCodes.Syntax },
        { "nul", "a: \0b", FindingCodes.Syntax },
        { "long key", new string('k', 100_000) + ": v", FindingCodes.Syntax },
        { "escaped junk", "a: \"\\uD800 \\xZZ\"", FindingCodes.Syntax },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Load_HostileFile_IsAFindingWithAPlace(string what, string text, string code)
    {
        var load = Shop.Load(text);

        Assert.True(load.Findings.Any(f => f.Code == code), $"{what}: {string.Join('\n', load.Findings.Take(5))}");
        Assert.All(load.Findings, f => Assert.True(f.Line >= 1 && f.Column >= 1 && f.Message.Length < 400 && f.Remedy.Length > 0));
        Assert.Null(load.Program);
    }

    [Fact]
    public void Load_NoUtf8_IsAFinding()
    {
        var load = ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>> { ["program.yaml"] = new byte[] { 0x61, 0x3a, 0xff, 0xfe } });

        Assert.Equal(FindingCodes.Unreadable, Assert.Single(load.Findings).Code);
    }

    [Fact]
    public void Load_MutatedShippedFiles_NeverThrows()
    {
        var random = new Random(7);
        var files = Directory.EnumerateFiles(ShippedProgram.Directory, "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(ShippedProgram.Directory, f).Replace('\\', '/'), File.ReadAllText);
        var sources = files.Keys.Where(f => f.EndsWith(".yaml", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        var broken = 0;
        for (var i = 0; i < 400; i++)
        {
            var name = sources[random.Next(sources.Length)];
            var mutated = files.ToDictionary(f => f.Key, f => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(f.Key == name ? Mutate(f.Value, random) : f.Value));
            var load = ProgramLoader.Load(mutated);
            Assert.Equal(load.Program is null, load.Findings.Any(f => f.Severity == FindingSeverity.Error));
            Assert.All(load.Findings, f => Assert.True(f.Line >= 1 && f.Column >= 1));
            if (load.Program is null) broken++;
        }

        Assert.True(broken > 100, $"{broken}");
    }

    private static string Mutate(string text, Random random)
    {
        string[] junk = ["[", "]", "{", "}", ":", "- ", "\n", "&a ", "*a", "!x ", "'", "\"", "#", "|", ">", "%", "0", "é", "\t", ", "];
        var builder = new StringBuilder(text);
        for (var n = random.Next(3); n >= 0; n--)
        {
            var at = random.Next(builder.Length);
            switch (random.Next(3))
            {
                case 0: builder.Remove(at, Math.Min(1 + random.Next(20), builder.Length - at)); break;
                case 1: builder.Insert(at, junk[random.Next(junk.Length)]); break;
                default: builder.Insert(at, text.AsSpan(random.Next(text.Length / 2), random.Next(text.Length / 2))); break;
            }
        }

        return builder.ToString();
    }
}
