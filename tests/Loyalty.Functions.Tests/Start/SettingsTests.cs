using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Functions.Settings;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Start;

/// <summary>A start that fails says which setting or which line of the program, what was expected, and gives an example.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-start-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static readonly TheoryData<string, string, string> Wrong = new()
    {
        { "Mail", "smtp:localhost", "Mail" },
        { "Mail", "outbox:", "Mail" },
        { "Mail", "acs:http://shop.example", "Mail" },
        { "Durable:ParkLongerThan", "a day", "Durable__ParkLongerThan" },
        { "Durable:ParkLongerThan", "00:00:59", "Durable__ParkLongerThan" },
        { "Durable:ParkLongerThan", "2.00:00:01", "Durable__ParkLongerThan" },
        { "Durable:ParkLongerThn", "24:00:00", "Durable__ParkLongerThn" },
        { "Durabel:ParkLongerThan", "24:00:00", "Durabel__ParkLongerThan" },
        { "Program:Pth", "program", "Program__Pth" },
        { "Conectors:Shopify:Secrets:0", "x", "Conectors__Shopify__Secrets__0" },
        { "Connectors:Shopify:Secret:0", "x", "Connectors__Shopify__Secret__0" },
        { "Connectors:Shopify:Secrets:first", "x", "Connectors__Shopify__Secrets__first" },
        { "Quota:Email:PerMinut", "30", "Quota__Email__PerMinut" },
        { "Store:Path", "x", "Store__Path" },
        { "Keys:Admin", "short", "Keys__Admin" },
        { "Keys:Suport", "a-long-enough-key-0001", "Keys__Suport" },
        { "Connectors:Shopfy:Secrets:0", "x", "Connectors__Shopfy" },
        { "Connectors:Standard:Secrets:0", "no base64!", "Connectors__Standard__Secrets__0" },
        { "Me:Keys:0", "short", "Me__Keys__0" },
        { "Connectors:Stripe:TakesTestMode", "perhaps", "Connectors__Stripe__TakesTestMode" },
        { "Connectors:Stripe:Api:Token", "t", "Connectors__Stripe__Api" },
        { "Connectors:Shopify:Api:Token", "shpat_x", "Connectors__Shopify__Api__Url" },
        { "Connectors:Shopify:Api:Url", "https://shop.myshopify.com", "Connectors__Shopify__Api__Token" },
        { "Connectors:BigCommerce:Secrets:0", "s", "Connectors__BigCommerce__Api__Url" },
        { "Connectors:Adobe:Source", "adobe", "Connectors__Adobe__ClientIds__0" },
        { "Connectors:Shopify:Currency", "dollars", "Connectors__Shopify__Currency" },
        { "Keys:Operator", "@Microsoft.KeyVault(SecretUri=https://kv.vault.example/secrets/Keys--Operator)", "Keys__Operator" },
        { "Bus", "rabbitmq:shop", "Bus" },
        { "Bus", "servicebus:shop", "ServiceBus__fullyQualifiedNamespace" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Read_WrongValue_NamesTheSettingWhatWasExpectedAndAnExample(string key, string value, string name)
    {
        var finding = Assert.Single(Assert.Throws<SettingsException>(() => Read((key, value))).Findings);

        Assert.StartsWith(name + " ", finding, StringComparison.Ordinal);
        Assert.Contains("expected", finding, StringComparison.Ordinal);
        Assert.Contains("e.g. ", finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HalfAnAccessToAShop_NamesEachMissingPartAndNoSecret()
    {
        var refused = Assert.Throws<SettingsException>(() => Read(("Connectors:WooCommerce:Api:Url", "http://shop.example"), ("Connectors:WooCommerce:Api:Token", "cs_secret")));

        Assert.Equal(["Connectors__WooCommerce__Api__Url", "Connectors__WooCommerce__Api__Key"], refused.Findings.Select(static finding => finding.Split(' ')[0]));
        Assert.DoesNotContain("cs_secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralWrongValues_TellsAllAtOnceAndNoSecret()
    {
        var refused = Assert.Throws<SettingsException>(() => Read(
            ("Mail", "x"), ("Durable:ParkLongerThan", "y"), ("Keys:Admin", "tiny"), ("Keys:Support", "small"), ("Connectors:Standard:Secrets:0", "se cret")));

        Assert.Equal(5, refused.Findings.Count);
        Assert.All(refused.Findings, finding => Assert.Contains(finding, refused.Message, StringComparison.Ordinal));
        Assert.All(["tiny", "small", "se cret"], secret => Assert.DoesNotContain(secret, refused.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Durable:ParkLongerThn", "expected Durable__ParkLongerThan")]
    [InlineData("Durabel:ParkLongerThan", "expected Durable__ParkLongerThan")]
    [InlineData("Connectors:Shopify:Secret:0", "expected Connectors__Shopify__Secrets__0")]
    [InlineData("Conectors:Shopify:Secrets:1", "expected Connectors__Shopify__Secrets__1")]
    public void Read_MisspeltName_NamesTheNearest(string key, string expected) =>
        Assert.Contains(expected, Assert.Throws<SettingsException>(() => Read((key, "x"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_NamesThatAreNotOurs_AreLetAlone() => Read(
        ("ServiceBus:fullyQualifiedNamespace", "shop.servicebus.windows.net"), ("Logging:LogLevel:Default", "Warning"), ("AzureWebJobsStorage", "x"), ("EMAIL", "me@example.com"),
        ("Store", "sqlite:x.db"), ("Bus", "local"), ("Quota:Email:PerHour", "100"));

    [Theory]
    [InlineData("sqlite:shop.db", null, "shop.db")]
    [InlineData("sqlite:shop.db", "other.db", "other.db")]
    [InlineData("cosmos:https://shop.example", "other.db", "other.db")]
    [InlineData(null, null, "loyalty.db")]
    public void DataFile_StoreAndData_DataOverrides(string? store, string? data, string expected) =>
        Assert.Equal(Path.GetFullPath(expected), Path.GetFullPath(LocalSettings.DataFile(data, new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Store"] = store })));

    [Theory]
    [InlineData("cosmos:https://shop.example")]
    [InlineData("sqlite:")]
    [InlineData("shop.db")]
    public void DataFile_StoreThatIsNoFile_IsRefused(string store)
    {
        var finding = Assert.Single(Assert.Throws<SettingsException>(
            () => LocalSettings.DataFile(null, new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Store"] = store })).Findings);
        Assert.StartsWith("Store ", finding, StringComparison.Ordinal);
        Assert.Contains("e.g. Store=sqlite:", finding, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bus", "servicebus:shop.servicebus.windows.net", "Bus is 'servicebus:")]
    [InlineData("Mail", "outbox:/dev/null/mails", "Mail is 'outbox:/dev/null/mails'")]
    public async Task StartAsync_WhatThisMachineDoesNotHave_NamesTheSetting(string key, string value, string named)
    {
        var refused = await Assert.ThrowsAsync<SettingsException>(() => ProgramHost.StartAsync(new ProgramHostOptions
        {
            DataFile = Path.Combine(_folder, "loyalty.db"),
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { [key] = value },
        }));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.Contains("e.g. " + key, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OneKeyForTwoRoles_IsRefused()
    {
        var refused = Assert.Throws<SettingsException>(() => Read(("Keys:Admin", "the-same-key-for-both"), ("Keys:Support", "the-same-key-for-both")));

        Assert.Contains("Keys__Admin", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Keys__Support", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("the-same-key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Nothing_HasTheDocumentedDefaults()
    {
        var settings = Read();

        Assert.Equal(("outbox:outbox", 24), (settings.Mail, (int)settings.ParkLongerThan.TotalHours));
        Assert.Empty(settings.Keys);
        Assert.Empty(settings.Connector("shopify").Secrets);
    }

    [Fact]
    public void Read_Bounds_AreTaken()
    {
        Assert.Equal(1, Read(("Durable:ParkLongerThan", "00:01:00")).ParkLongerThan.TotalMinutes);
        Assert.Equal(2, Read(("Durable:ParkLongerThan", "2.00:00:00")).ParkLongerThan.TotalDays);
        Assert.Equal(["new", "old"], Read(("Connectors:Shopify:Secrets:0", "new"), ("Connectors:Shopify:Secrets:1", "old")).Connector("shopify").Secrets.AsEnumerable());
    }

    [Fact]
    public async Task Start_WithoutAProgram_NamesTheSetting()
    {
        var refused = await Assert.ThrowsAsync<SettingsException>(() => StartAsync(Path.Combine(_folder, "nowhere")));

        Assert.Contains("Program__Path", refused.Message, StringComparison.Ordinal);
        Assert.Contains("expected", refused.Message, StringComparison.Ordinal);
        Assert.Contains("e.g. ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ProgramWithErrors_NamesFileLineAndColumnOfEach()
    {
        var program = Path.Combine(_folder, "program");
        CopyFolder(Path.Combine(AppContext.BaseDirectory, "program"), program);
        Replace(Path.Combine(program, "journeys", "welcome.yaml"), "send: first-order", "send: no-such-letter");
        Replace(Path.Combine(program, "program.yaml"), "currency: USD", "curency: USD");

        var refused = await Assert.ThrowsAsync<ProgramException>(() => StartAsync(program));

        Assert.Matches(@"journeys/welcome\.yaml:\d+:\d+: error unknown-template: .*no-such-letter", refused.Message);
        Assert.Matches(@"program\.yaml:\d+:\d+: error unknown-key: .*curency", refused.Message);
    }

    /// <summary>Which channels there are is published; a folder that knows nothing of it must not keep the host from starting, whether they came or went.</summary>
    [Fact]
    public async Task Start_QuotaOfAChannelThatOnlyWhatIsLiveHas_Starts()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "program");
        var slip = await Assert.ThrowsAsync<SettingsException>(() => StartAsync(program, ("Quota:Smss:PerMinute", "10")));
        Assert.Contains("Quota__smss is the quota of no channel", slip.Message, StringComparison.Ordinal);
        await using (var host = await StartAsync(program))
        {
            var publishing = host.Services.GetRequiredService<PublishUseCase>();
            var files = await publishing.LiveFilesAsync();
            files["program.yaml"] = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(files["program.yaml"].Span) + "\nchannels:\n  sms: { url: \"https://sms.example/send\", to: phone }\n");
            Assert.IsType<PublishOutcome.Published>(await publishing.PublishAsync(new PublishRequest { Files = files, Commit = true, By = "test" }));
        }

        await using var again = await StartAsync(program, ("Quota:Sms:PerMinute", "10"), ("Channels:sms:Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        Assert.True(again.IsOwner);
    }

    [Fact]
    public async Task Start_AfterAFailedStart_HasTheFileToItself()
    {
        await Assert.ThrowsAsync<SettingsException>(() => StartAsync(Path.Combine(_folder, "nowhere")));

        await using var host = await StartAsync(Path.Combine(AppContext.BaseDirectory, "program"));
        Assert.True(host.IsOwner);
    }

    private Task<ProgramHost> StartAsync(string program, params (string Key, string Value)[] settings) => ProgramHost.StartAsync(new ProgramHostOptions
    {
        DataFile = Path.Combine(_folder, "loyalty.db"),
        VirtualStart = ProgramFixture.Morning,
        SurvivesPowerCut = false,
        Settings = new Dictionary<string, string?>(
            [KeyValuePair.Create("Program:Path", (string?)program), KeyValuePair.Create("Mail", (string?)("outbox:" + Path.Combine(_folder, "outbox"))), .. settings.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))],
            StringComparer.OrdinalIgnoreCase),
    });

    private static LoyaltySettings Read(params (string Key, string Value)[] values) => LoyaltySettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build());

    private static void Replace(string file, string old, string with)
    {
        var text = File.ReadAllText(file);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(old, with, StringComparison.Ordinal));
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
