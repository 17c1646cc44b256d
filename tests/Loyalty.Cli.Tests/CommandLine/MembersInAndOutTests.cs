using System.Text.Json;
using System.Text.Json.Nodes;
using Loyalty.Cli.Tests.Kills;
using Loyalty.LocalHost.Program;

namespace Loyalty.Cli.Tests.CommandLine;

/// <summary>Members and balances: in from another system, out again, and in elsewhere.</summary>
public sealed class MembersInAndOutTests : IDisposable
{
    private const string File1 = """
        { "members": [
          { "customerId": "5", "email": "mira@example.com", "phone": "+359887654321", "firstName": "Mira", "lastName": "O'Hara, \"M\"", "locale": "bg-BG", "zone": "Europe/Sofia", "country": "BG",
            "birthday": "1990-05-12", "source": "search", "campaign": "winter", "tags": ["tea", "vip"], "signedUpAt": "2025-11-03T10:00:00Z", "identifiers": ["shopify:tea.example:5"] },
          { "customerId": "5", "consent": { "offers": true }, "consentAt": "2025-11-03T10:00:00Z", "updatedAt": "2025-11-03T10:00:00Z" },
          { "customerId": "5", "consent": { "news": false }, "consentAt": "2026-01-03T10:00:00Z", "updatedAt": "2026-01-03T10:00:00Z" },
          { "customerId": "6", "email": "ivan@example.com", "firstName": "=cmd|' /C calc'!A0", "lastName": "'=x;@y", "signedUpAt": "2025-12-01" } ],
        "balances": [
          { "customerId": "5", "points": 320, "earnedAt": "2026-01-10T00:00:00Z", "expiresAt": "2099-06-30T21:00:00Z" },
          { "customerId": "5", "points": "45", "earnedAt": "2026-02-10T00:00:00Z", "availableAt": "2098-01-01T00:00:00Z" },
          { "email": "only@example.com", "points": 7, "reason": "moved from the old card" } ],
        "standings": [ { "customerId": "6", "counted": [ { "day": "2025-12-01", "spendMinor": 990, "orders": 1 } ] } ] }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-members-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Import_TwoMembersWithOneAddress_CountAndStayOnePerson()
    {
        var source = Write("twins.json", """
            { "members": [
              { "customerId": "5", "email": "mira@example.com", "signedUpAt": "2025-03-01T00:00:00Z" },
              { "customerId": "6", "email": "MIRA@example.com", "signedUpAt": "2025-04-01T00:00:00Z" },
              { "customerId": "7", "email": "ivan@example.com", "signedUpAt": "2025-04-01T00:00:00Z" } ] }
            """);
        Assert.Equal(2, (int)(await RunAsync("import", "--format", "json", source, "--data", Path("twins.db"), "--dry-run", "--json"))["people"]!);
        Assert.Equal(2, (int)(await RunAsync("import", "--format", "json", source, "--data", Path("twins.db"), "--json"))["people"]!);
        Assert.Equal(2, await PeopleAsync("twins.db", "twins"));
    }

    [Fact]
    public async Task ImportExportImport_JsonAndCsv_EverythingIsThereOnce()
    {
        var source = Write("source.json", File1);
        var dry = await RunAsync("import", "--format", "json", source, "--data", Path("one.db"), "--dry-run", "--json");
        Assert.Equal(372, (int)dry["points"]!["spendable"]!);
        Assert.Equal(0, await PeopleAsync("one.db", "dry"));

        await RunAsync("import", "--format", "json", source, "--data", Path("one.db"), "--json");
        var again = await RunAsync("import", "--format", "json", source, "--data", Path("one.db"), "--json");
        Assert.Equal(0, (int)Of(again, "applied"));
        var first = await ExportAsync("one.db", "first");

        // The three people with their lots and nothing else: what a sign-up is worth is among the points that were brought along.
        Assert.Equal(["ivan@example.com", "mira@example.com", "only@example.com"], first.Emails);
        Assert.Equal([(7, null, null), (45, "2098-01-01T00:00:00Z", null), (320, null, "2099-06-30T21:00:00Z")], first.Lots);

        await RunAsync("import", "--format", "json", Path("first", "members.json"), "--data", Path("two.db"), "--json");
        var second = await ExportAsync("two.db", "second");
        Assert.Equal(first.Members, second.Members);
        Assert.Equal(Standings("first"), Standings("second"));
        Assert.Single(Standings("second"));
        Assert.Equal(first.Balances, second.Balances);

        await RunAsync("import", "--format", "members", Path("first", "members.csv"), "--data", Path("three.db"), "--json");
        var third = await ExportAsync("three.db", "third");
        Assert.Equal(first.Balances, third.Balances);
        Assert.Equal(first.Emails, third.Emails);
        // Names that a spreadsheet would take for formulas are none in the table, and come back as they were.
        Assert.Contains(",'=cmd|' /C calc'!A0,\"''=x;'@y\",", System.IO.File.ReadAllText(Path("first", "members.csv")), StringComparison.Ordinal);
        Assert.Equal(Names(first), Names(third));
        Assert.Contains("O'Hara, \\u0022M\\u0022", System.IO.File.ReadAllText(Path("third", "members.json")).Replace("\\\"", "\\u0022", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>Who had a tier has it after the move, until the same day and with the same counts, however often the file comes.</summary>
    [Fact]
    public async Task ImportExportImport_OfStandings_EverybodyStandsWhereTheyStood()
    {
        var program = Directory.CreateDirectory(Path("program")).FullName;
        System.IO.File.WriteAllText(
            System.IO.Path.Combine(program, "program.yaml"),
            "program: trial\nzone: Etc/UTC\ncurrency: EUR\nlocales: [en]\ntopics: { offers: Offers }\nwallets: { spendable: {} }\ntiers: { by: points, window: 730d, levels: [ { tier: silver, from: 100 }, { tier: gold, from: 300 } ] }\n");
        var earned = DateTime.UtcNow.AddDays(-30).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var source = Write("source.json", $$"""
            { "members": [ { "customerId": "5", "email": "mira@example.com", "signedUpAt": "2025-11-03" }, { "customerId": "6", "email": "ivan@example.com", "signedUpAt": "2025-11-03" } ],
              "balances": [ { "customerId": "5", "points": 40, "earnedAt": "{{earned}}" } ],
              "standings": [
                { "customerId": "5", "tier": "gold", "since": "2025-12-01T00:00:00Z", "until": "2099-01-31T00:00:00Z", "steps": [ { "tier": "gold", "day": "{{earned}}" } ], "counted": [ { "day": "{{earned}}", "points": 320, "orders": 2, "spendMinor": 9900 } ] },
                { "email": "ivan@example.com", "tier": "silver", "until": "2099-01-31T00:00:00Z" } ] }
            """);
        string[] at = ["--program", program, "--json"];
        Assert.Equal(2, (int)(await RunAsync(["import", "--format", "json", source, "--data", Path("one.db"), .. at]))["standings"]!);
        await RunAsync("export", Path("first"), "--data", Path("one.db"), "--json");
        await RunAsync(["import", "--format", "json", Path("first", "members.json"), "--data", Path("two.db"), .. at]);
        await RunAsync(["import", "--format", "json", Path("first", "members.json"), "--data", Path("two.db"), .. at]);
        await RunAsync("export", Path("second"), "--data", Path("two.db"), "--json");

        var first = Standings("first");
        Assert.Equal(first, Standings("second"));
        Assert.Contains(first, one => one.Contains("\"tier\":\"gold\"", StringComparison.Ordinal) && one.Contains("\"until\":\"2099-01-31T00:00:00Z\"", StringComparison.Ordinal)
            && one.Contains($$"""{"day":"{{earned}}","points":320,"spendMinor":9900,"orders":2}""", StringComparison.Ordinal));

        var refused = await LoyaltyProcess.RunAsync(_folder, "import", "--format", "json", source, "--data", Path("three.db"));
        Assert.Contains("Line 4: the program has no tier 'gold'; leave it out, or add it to program.yaml.", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImportAndExport_OverHttp_AreTheSameRecordsAsInAFile()
    {
        const string Key = "the-integration-key-01";
        var source = Write("source.json", File1);
        await RunAsync("import", "--format", "json", source, "--data", Path("file.db"), "--json");
        var file = await ExportAsync("file.db", "of-file");
        await using var host = await ProgramHost.StartAsync(new ProgramHostOptions
        {
            DataFile = Path("host.db"),
            SurvivesPowerCut = false,
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Mail"] = "outbox:" + Path("outbox"), ["Keys:Integration"] = Key },
        });
        string[] at = ["--url", host.BaseAddress.ToString(), "--key", Key];

        var imported = await RunAsync(["import", .. at, "--format", "json", source, "--json"]);
        Assert.Equal((4, 0, 3, 0), ((int)Of(imported, "applied"), (int)Of(imported, "before"), (int)Of(imported, "balances"), (int)Of(imported, "refused")));
        Assert.Equal(4, (int)Of(await RunAsync(["import", .. at, "--format", "json", source, "--json"]), "before"));
        var purchases = Write("purchases.csv", "email,date,amount,order_id\nmira@example.com,2026-01-31,12.50,1001\n");
        Assert.Equal(1, (int)Of(await RunAsync(["import", .. at, "--format", "csv", purchases, "--json"]), "applied"));
        await RunAsync(["export", Path("of-host"), .. at, "--json"]);

        var app = Read("of-host");
        Assert.Equal(file.Members, app.Members);
        Assert.Contains(Standings("of-file")[0], Standings("of-host"));
        // And what the purchase has earned.
        Assert.Empty(file.Lots.Except(app.Lots));
        Assert.Single(System.IO.File.ReadAllLines(Path("of-host", "orders.jsonl")));
        foreach (var (expected, arguments) in new (string, string[])[]
        {
            ("--url and --data name two places", ["import", .. at, "--format", "json", source, "--data", Path("file.db")]),
            ("an app lives in real time", ["import", .. at, "--format", "csv", purchases, "--with-journeys", "--virtual"]),
            ("--program and --set are for a data file", ["import", .. at, "--format", "csv", purchases, "--set", "Mail=outbox:x"]),
            ("--set is for a data file", ["export", Path("nowhere"), .. at, "--set", "Mail=outbox:x"]),
        })
        {
            var result = await LoyaltyProcess.RunAsync(_folder, arguments);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Import_FaultyBalances_AreNamedWithLineAndRemedyAndNothingIsWritten()
    {
        var faulty = Write("faulty.json", """
            { "members": [ { "customerId": "1" } ],
            "balances": [
              { "customerId": "1", "points": 5, "wallet": "spendabel" },
              { "customerId": "1", "points": 5, "expiresAt": "2020-01-01" } ] }
            """);

        var result = await LoyaltyProcess.RunAsync(_folder, "import", "--format", "json", faulty, "--data", Path("none.db"));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Line 3: the program has no wallet 'spendabel'", result.Errors, StringComparison.Ordinal);
        Assert.Contains("Line 4: these points ended", result.Errors, StringComparison.Ordinal);
        Assert.Equal(0, await PeopleAsync("none.db", "none"));
    }

    /// <summary>Between an export and its import points end; nobody should have to look for them in the file.</summary>
    [Fact]
    public async Task Import_PointsThatHaveEnded_AreLeftOutWhereThatIsAskedFor()
    {
        var source = Write("late.json", """
            { "members": [ { "customerId": "5", "email": "mira@example.com", "signedUpAt": "2025-11-03", "consent": { "ofers": true } } ],
              "balances": [ { "customerId": "5", "points": 10, "expiresAt": "2026-01-01" }, { "customerId": "5", "points": 7 } ] }
            """);
        var refused = await LoyaltyProcess.RunAsync(_folder, "import", "--format", "json", source, "--data", Path("late.db"));
        var told = await LoyaltyProcess.RunAsync(_folder, "import", "--format", "json", source, "--data", Path("late.db"), "--skip-ended");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("With --skip-ended points that have ended are left out", refused.Errors, StringComparison.Ordinal);
        Assert.True(told.ExitCode == 0, told.Errors);
        Assert.Contains("10 points have ended by now and are left out (1 record(s)).", told.Errors, StringComparison.Ordinal);
        Assert.Contains("The program has no topic 'ofers'; 'offers' is one", told.Errors, StringComparison.Ordinal);
        Assert.Equal([(7, null, null)], (await ExportAsync("late.db", "late")).Lots);
    }

    private static string[] Names(Exported exported) => [.. exported.Members.Select(static one => JsonNode.Parse(one)!).Where(static one => one["firstName"] is not null).Select(static one => $"{one["firstName"]} {one["lastName"]}").Order(StringComparer.Ordinal)];

    private async Task<int> PeopleAsync(string data, string folder) => (int)(await RunAsync("export", Path(folder), "--data", Path(data), "--json"))["people"]!;

    private async Task<Exported> ExportAsync(string data, string folder)
    {
        await RunAsync("export", Path(folder), "--data", Path(data), "--json");
        return Read(folder);
    }

    private Exported Read(string folder)
    {
        var document = JsonNode.Parse(System.IO.File.ReadAllText(Path(folder, "members.json")))!;
        var members = document["members"]!.AsArray().Select(static one => one!.AsObject()).ToList();
        // Ids are each installation's own; a person is told by the address.
        var names = members.Where(static one => one["email"] is not null).ToDictionary(static one => (string)one["customerId"]!, static one => (string)one["email"]!);
        foreach (var member in members)
        {
            member["customerId"] = names[(string)member["customerId"]!];
            var identifiers = member["identifiers"]?.AsArray().Select(static one => (string)one!).Where(static one => !one.StartsWith("import:", StringComparison.Ordinal)).ToArray() ?? [];
            member.Remove("identifiers");
            if (identifiers.Length > 0) member["identifiers"] = JsonSerializer.SerializeToNode(identifiers);
        }

        var balances = document["balances"]!.AsArray().Select(static one => one!.AsObject()).ToList();
        foreach (var balance in balances)
        {
            balance["customerId"] = names[(string)balance["customerId"]!];
            Assert.StartsWith("lot-", (string)balance["id"]!, StringComparison.Ordinal);
            balance.Remove("id");
        }

        return new Exported(
            [.. members.Select(static one => one.ToJsonString()).Order(StringComparer.Ordinal)],
            [.. balances.Select(static one => one.ToJsonString()).Order(StringComparer.Ordinal)],
            [.. names.Values.Order(StringComparer.Ordinal)],
            [.. balances.Select(static one => ((int)one["points"]!, (string?)one["availableAt"], (string?)one["expiresAt"])).Order()]);
    }

    private string[] Standings(string folder)
    {
        var document = JsonNode.Parse(System.IO.File.ReadAllText(Path(folder, "members.json")))!;
        var names = document["members"]!.AsArray().Where(static one => one!["email"] is not null).ToDictionary(static one => (string)one!["customerId"]!, static one => (string)one!["email"]!);
        foreach (var one in document["standings"]!.AsArray()) one!["customerId"] = names[(string)one["customerId"]!];
        return [.. document["standings"]!.AsArray().Select(static one => one!.ToJsonString()).Order(StringComparer.Ordinal)];
    }

    private async Task<JsonNode> RunAsync(params string[] arguments)
    {
        var result = await LoyaltyProcess.RunAsync(_folder, arguments);
        Assert.True(result.ExitCode == 0, result.Errors);
        return JsonNode.Parse(result.Output)!;
    }

    private static JsonNode Of(JsonNode answer, string name) => answer.AsObject().First(one => string.Equals(one.Key, name, StringComparison.OrdinalIgnoreCase)).Value!;

    private string Path(params string[] parts) => System.IO.Path.Combine([_folder, .. parts]);

    private string Write(string name, string text)
    {
        System.IO.File.WriteAllText(Path(name), text);
        return Path(name);
    }

    private sealed record Exported(IReadOnlyList<string> Members, IReadOnlyList<string> Balances, IReadOnlyList<string> Emails, IReadOnlyList<(int, string?, string?)> Lots);
}
