using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Loyalty.Cli.Tests.Kills;

namespace Loyalty.Cli.Tests.CommandLine;

/// <summary>What somebody meets who has never seen the command: each verb as a process, its exit code, and words that say what to do.</summary>
public sealed class NewcomerTests : IDisposable
{
    private const int Refused = 1;
    private const int WrongUsage = 2;
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-newcomer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Loyalty_WithoutAVerb_NamesTheVerbs()
    {
        var result = await RunAsync();

        Assert.Equal(WrongUsage, result.ExitCode);
        foreach (var verb in new[] { "demo", "run", "import", "status", "explain" }) Assert.Contains(verb, result.Output + result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo", "--customers")]
    [InlineData("run", "--port")]
    [InlineData("import", "--format")]
    [InlineData("status", "--data")]
    [InlineData("explain", "--data")]
    [InlineData("validate", "--url")]
    [InlineData("publish", "--in-flight")]
    [InlineData("rollback", "--to")]
    [InlineData("pause", "--data")]
    [InlineData("resume", "--data")]
    [InlineData("runs", "--state")]
    [InlineData("story", "--customer")]
    [InlineData("simulate", "--rate")]
    [InlineData("diff", "--days")]
    public async Task Verb_Help_ShowsItsOptionsAndAnExample(string verb, string option)
    {
        var result = await RunAsync(verb, "--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(option, result.Output, StringComparison.Ordinal);
        Assert.Contains("Example:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verb_NumberThatIsNone_IsToldInWords()
    {
        var result = await RunAsync("privacy", "retention", "--days", "x");

        Assert.Equal(WrongUsage, result.ExitCode);
        Assert.Contains("Cannot parse argument 'x' for option '--days': expected a whole number.", result.Errors, StringComparison.Ordinal);
    }

    /// <summary>A script's variable that is empty.</summary>
    [Theory]
    [InlineData("Cannot parse argument '' for command 'export': expected a folder.", "export", "")]
    [InlineData("Cannot parse argument '' for command 'explore': expected a file.", "explore", "")]
    [InlineData("Cannot parse argument '' for command 'import': expected a file.", "import", "--format", "json", "")]
    public async Task Verb_PathThatIsNone_IsToldInWords(string expected, params string[] words)
    {
        var result = await RunAsync(words);

        Assert.Equal(WrongUsage, result.ExitCode);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
    }

    /// <summary>A misspelt field would make the answer that of another order.</summary>
    [Theory]
    [InlineData("""{ "lines": [ { "sku": "TEA", "quantity": 1, "netMinr": 4250 } ] }""", "lines[0].netMinr: there is no such field; 'netMinor' is one.")]
    [InlineData("""{ "lines": [ { "sku": "TEA", "netMinor": 4250 } ], "costumerId": "5" }""", "costumerId: there is no such field; 'customerId' is one.")]
    [InlineData("""{ "lines": [ null ] }""", "lines[0]: null is no item of a list.")]
    [InlineData("""{ "lines": """, "The order cannot be read at ")]
    [InlineData("null", "The order is null.")]
    public async Task Explore_OrderThatIsNotAsExpected_IsNamedWithTheField(string order, string expected)
    {
        var (file, members, data) = (Path.Combine(_folder, "order.json"), Path.Combine(_folder, "members.json"), Path.Combine(_folder, "shop.db"));
        await File.WriteAllTextAsync(file, order);
        await File.WriteAllTextAsync(members, """{ "members": [{ "customerId": "1", "email": "ann@example.com" }] }""");
        Assert.Equal(0, (await RunAsync("import", "--format", "json", members, "--data", data)).ExitCode);

        var result = await RunAsync("explore", file, "--data", data);

        Assert.Equal(Refused, result.ExitCode);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Simulate_ProgramInTheCurrentFolder_IsTheOneThatIsPlayed()
    {
        var program = Directory.CreateDirectory(Path.Combine(_folder, "program", "journeys"));
        await File.WriteAllTextAsync(Path.Combine(program.Parent!.FullName, "program.yaml"), "program: mine\nzone: Europe/Sofia\ncurrency: EUR\nlocales: [en]\ntopics: { offers: Offers }\n");
        await File.WriteAllTextAsync(Path.Combine(program.FullName, "hello.yaml"), "journey: hello\nenter: { event: customer.signed-up }\nsteps:\n  - { name: a-step-with-a-long-name-of-its-own, wait: 1d }\n");

        var result = await RunAsync("simulate", "--customers", "20", "--days", "10");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("a-step-with-a-long-name-of-its-own", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("welcome", result.Output, StringComparison.Ordinal);
        // For a file there are no colours.
        Assert.DoesNotContain('\u001b', result.Output);
    }

    [Theory]
    [InlineData("--custmers", "demo", "--custmers", "5")]
    [InlineData("dmeo", "dmeo")]
    [InlineData("--customers 0", "demo", "--customers", "0")]
    [InlineData("x", "demo", "--days", "x")]
    [InlineData("path is empty", "validate", "")]
    [InlineData("xml", "import", "--format", "xml", "orders.xml")]
    [InlineData("--format", "import", "orders.csv")]
    [InlineData("no-such.csv", "import", "--format", "csv", "no-such.csv")]
    [InlineData("no-such.db", "status", "ann@example.com", "--data", "no-such.db")]
    [InlineData("no-such.db", "explain", "ann@example.com", "--data", "no-such.db")]
    [InlineData("no-such-folder", "validate", "no-such-folder")]
    [InlineData("parked", "runs", "--state", "asleep")]
    [InlineData("unsubscribe", "simulate", "--rate", "opn=1")]
    [InlineData("did you mean 'welcome'", "simulate", "--rate", "wellcome.open=50%", "--customers", "1")]
    [InlineData("100/hour", "simulate", "--quota", "much")]
    [InlineData("--customers", "simulate", "--format", "cdnow", "--file", "no-such.txt", "--customers", "5")]
    [InlineData("no-such.txt", "simulate", "--format", "cdnow", "--file", "no-such.txt")]
    [InlineData("spread-over", "rollback", "welcome", "--due", "later")]
    [InlineData("end OUTCOME", "rollback", "welcome", "--in-flight", "sideways")]
    public async Task Verb_WrongUsage_ExitCode2AndTheWrongWordIsNamed(string named, params string[] arguments)
    {
        var result = await RunAsync(arguments);

        Assert.Equal(WrongUsage, result.ExitCode);
        Assert.Contains(named, result.Errors, StringComparison.Ordinal);
        AssertNoStack(result);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("Bus=servicebus:shop", "Bus is 'servicebus:shop'")]
    [InlineData("Store=mysql:shop", "Store is 'mysql:shop'")]
    [InlineData("Durable__ParkLongr=1.00:00:00", "Durable__ParkLongr")]
    public async Task Run_SettingsThatCannotBeUsed_AreToldAllAtOnceAndLeaveNoFile(string wrong, string named)
    {
        var result = await RunAsync("run", "--port", "0", "--set", wrong, "--set", "Mail=pigeon:post");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(named, result.Errors, StringComparison.Ordinal);
        Assert.Contains("Mail is 'pigeon:post'", result.Errors, StringComparison.Ordinal);
        AssertNoStack(result);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Run_ProgramThatIsNotThere_SaysSoAndLeavesNoFile()
    {
        var result = await RunAsync("run", "--port", "0", "--program", "no-such-folder");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("no-such-folder", result.Errors, StringComparison.Ordinal);
        AssertNoStack(result);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("explain")]
    public async Task Verb_FileThatIsNoDatabase_SaysSo(string verb)
    {
        var file = Path.Combine(_folder, "notes.txt");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("These are notes, not a database. ", 200)));

        var result = await RunAsync(verb, "ann@example.com", "--data", file);

        Assert.Equal(Refused, result.ExitCode);
        Assert.Contains("notes.txt", result.Errors, StringComparison.Ordinal);
        AssertNoStack(result);
    }

    [Fact]
    public async Task Demo_FileOfAnotherShop_IsRefusedAndBothAreNamed()
    {
        var file = Path.Combine(_folder, "shop.db");
        Assert.Equal(0, (await RunAsync("demo", "--customers", "3", "--days", "2", "--data", file)).ExitCode);

        var result = await RunAsync("demo", "--customers", "4", "--days", "2", "--data", file);

        Assert.Equal(WrongUsage, result.ExitCode);
        Assert.Contains("--customers 3 --days 2 --seed 1", result.Errors, StringComparison.Ordinal);
        Assert.Contains("--customers 4 --days 2 --seed 1", result.Errors, StringComparison.Ordinal);
        Assert.Contains("--data", result.Errors, StringComparison.Ordinal);
        AssertNoStack(result);
    }

    [Fact]
    public async Task Run_PortInUse_SaysWhatToDo()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        var result = await RunAsync("run", "--port", port, "--data", Path.Combine(_folder, "shop.db"), "--set", "Keys__Admin=0123456789abcdef0123");

        Assert.Equal(Refused, result.ExitCode);
        Assert.Contains($"Port {port} is in use", result.Errors, StringComparison.Ordinal);
        Assert.Contains("--port", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Output, StringComparison.Ordinal);
        AssertNoStack(result);
    }

    [Fact]
    public async Task Demo_SmallShop_TablesOnStandardOutputProgressOnStandardError_AndThenPeopleCanBeLookedAt()
    {
        var file = Path.Combine(_folder, "shop.db");

        var demo = await RunAsync("demo", "--customers", "5", "--days", "10", "--data", file);

        Assert.True(demo.ExitCode == 0, demo.Errors);
        foreach (var title in new[] { "Shop", "Points", "Journeys", "Messages", "The books balance" }) Assert.Contains(title, demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("day 10 of 10", demo.Output, StringComparison.Ordinal);
        Assert.Contains("day 10 of 10", demo.Errors, StringComparison.Ordinal);

        foreach (var verb in new[] { "status", "explain" })
        {
            var nobody = await RunAsync(verb, "nobody@example.com", "--data", file);
            Assert.Equal(Refused, nobody.ExitCode);
            Assert.Contains("nobody@example.com", nobody.Errors, StringComparison.Ordinal);
        }
    }

    private Task<LoyaltyResult> RunAsync(params string[] arguments) => LoyaltyProcess.RunAsync(_folder, arguments);

    private static void AssertNoStack(LoyaltyResult result) => Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
}
