using System.Text;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

public sealed class HostileFileTests
{
    public static TheoryData<string> Files => [.. HostileFiles.All.Select(static file => file.ToString())];

    [Theory]
    [MemberData(nameof(Files))]
    public void Load_HostileFile_IsAFindingWithAPlace(string what)
    {
        var file = HostileFiles.All.Single(one => one.ToString() == what);

        var load = HostileFiles.Load(file);

        if (file.Code is null)
        {
            Assert.DoesNotContain(load.Findings, static f => f.Severity == FindingSeverity.Error);
            return;
        }

        var own = load.Findings.Where(f => f.Code == file.Code).ToList();
        Assert.True(own.Exists(f => f.File == file.Path || file.Path.EndsWith(".hbs", StringComparison.Ordinal)), $"{what}: {string.Join('\n', load.Findings.Take(5))}");
        Assert.All(load.Findings, f => Assert.True(f.Line >= 1 && f.Column >= 1 && f.Message.Length < 400 && f.Remedy.Length is > 0 and < 600, f.ToString()));
        Assert.True(load.Findings.Count <= FindingList.Limit);
    }

    [Fact]
    public void Load_NoUtf8_NamesTheByte()
    {
        var load = ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>> { ["program.yaml"] = new byte[] { 0x61, 0x3a, 0xff, 0xfe } });

        var finding = Assert.Single(load.Findings);
        Assert.Equal(FindingCodes.Unreadable, finding.Code);
        Assert.Contains("byte 3", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("journeys/pipe.yaml", "pipe")]
    [InlineData("offers.yaml", "pipe")]
    [InlineData("journeys/link.yaml", "nowhere")]
    [InlineData("templates/hello/bg.hbs", "circle")]
    [InlineData("journeys/to-pipe.yaml", "link-to-pipe")]
    public void Load_NoFile_IsAFindingAndTheOthersAreRead(string path, string what)
    {
        var folder = new World.ProgramText().Templates("hello").Journey("trial", "enter: { event: customer.signed-up }\nsteps: [ { nme: w, wait: 1d } ]")
            .WriteTo(Directory.CreateTempSubdirectory("loyalty-no-file-").FullName);
        try
        {
            var place = Path.Combine(folder, path);
            switch (what)
            {
                case "pipe": MakePipe(place); break;
                case "nowhere": File.CreateSymbolicLink(place, "nothing.yaml"); break;
                case "circle": File.CreateSymbolicLink(place, "bg.hbs"); break;
                default:
                    MakePipe(Path.Combine(folder, "a-pipe"));
                    File.CreateSymbolicLink(place, Path.Combine(folder, "a-pipe"));
                    break;
            }

            var load = ProgramLoader.Load(folder);

            Assert.Null(load.Program);
            Assert.Equal((path, FindingCodes.Unreadable), load.Findings.Where(one => one.File == path).Select(static one => (one.File, one.Code)).Single());
            Assert.Contains(load.Findings, static one => one is { File: "journeys/trial.yaml", Code: FindingCodes.UnknownKey });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Load_EmptyFile_IsReadAsOneAlsoWhereNothingMayBeWritten()
    {
        var folder = new World.ProgramText().WriteTo(Directory.CreateTempSubdirectory("loyalty-no-file-").FullName);
        try
        {
            File.WriteAllText(Path.Combine(folder, "offers.yaml"), "");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(folder, "offers.yaml"), UnixFileMode.UserRead);

            Assert.DoesNotContain(ProgramLoader.Load(folder).Findings, static finding => finding.Code == FindingCodes.Unreadable);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void MakePipe(string path)
    {
        using var made = System.Diagnostics.Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }

    [Fact]
    public void Load_EditorsLeftovers_AreNotRead()
    {
        var folder = new World.ProgramText().Journey("trial", "enter: { event: customer.signed-up }\ntopic: offers\nsteps: [ { name: w, wait: 1d } ]")
            .WriteTo(Directory.CreateTempSubdirectory("loyalty-leftovers-").FullName);
        try
        {
            // A lock that leads nowhere, a copy of another file system's attributes, a backup, a swap file.
            File.CreateSymbolicLink(Path.Combine(folder, "journeys", ".#trial.yaml"), "somebody@host.123:456");
            File.WriteAllBytes(Path.Combine(folder, "journeys", "._trial.yaml"), [0, 5, 22, 7, 0xFF]);
            File.WriteAllText(Path.Combine(folder, "journeys", "trial.yaml~"), "{");
            File.WriteAllText(Path.Combine(folder, "journeys", ".trial.yaml.swp"), "{");
            var load = ProgramLoader.Load(folder);

            Assert.DoesNotContain(load.Findings, static finding => finding.Severity == FindingSeverity.Error);
            Assert.Equal("trial", Assert.Single(load.Program!.Journeys).Key);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
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
