namespace Loyalty.Deployment.Tests.Infra;

/// <summary>The scripts of infra/, run against tools that write down how they were called.</summary>
public sealed class DeployTests
{
    private const string AppSettings = "Keys__Admin\\nConnectors__Shopify__Secrets__0\\nConnectors__EventGrid__Secrets__0\\n";

    /// <summary>A subscription in which everything goes well; the vault has the administrator's key.</summary>
    private static readonly string[] Good =
    [
        "az ad signed-in-user show ⇒ operator-id\\n",
        "az consumption budget list ⇒ 2026-09-01T00:00:00Z\\n",
        "az account show ⇒ Shop\\n",
        "outputs.AZURE_RESOURCE_GROUP ⇒ rg-loyalty-dev\\n",
        "outputs.FUNCTION_APP_NAME ⇒ func-loyalty-dev\\n",
        "outputs.FUNCTION_APP_URL ⇒ https://func-loyalty-dev.azurewebsites.example\\n",
        "outputs.KEY_VAULT_NAME ⇒ kvdev\\n",
        "outputs.SYSTEM_TOPIC_NAME ⇒ evgt-loyalty-dev\\n",
        "outputs.MAIL_DOMAIN ⇒ mail.example\\n",
        "az keyvault secret list ⇒ Keys--Admin\\n",
        "az functionapp config appsettings list ⇒ " + AppSettings,
        "-D - ⇒ X-Correlation-Id: 0123456789abcdef0123456789abcdef\\n",
        "/api/health ⇒ 200",
        "-X OPTIONS ⇒ 200",
        "curl ⇒ 401",
        "deployment group create ⇒ Succeeded\\n",
    ];

    [Fact]
    public void Deploy_OfAnEnvironment_DoesEverythingInItsOrder()
    {
        using var bench = new Bench(Good);

        var ran = bench.Run("infra/deploy dev --yes");

        Assert.True(ran.Exit == 0, ran.Output + ran.Error);
        AssertInOrder(
            bench.Calls,
            "az deployment sub what-if --name loyalty-dev --location westeurope --template-file bicep/main.bicep --parameters infra/environments/dev.bicepparam",
            "az deployment sub create --name loyalty-dev --location westeurope --template-file bicep/main.bicep --parameters infra/environments/dev.bicepparam",
            "az keyvault secret set --vault-name kvdev --name Connectors--Shopify--Secrets--0",
            "az keyvault secret set --vault-name kvdev --name Connectors--EventGrid--Secrets--0",
            "dotnet publish functions -c Release -p:AzurePackages=true",
            "az functionapp update-strategy config set -g rg-loyalty-dev -n func-loyalty-dev --type RollingUpdate",
            "az functionapp deployment source config-zip -g rg-loyalty-dev -n func-loyalty-dev",
            "az functionapp restart -g rg-loyalty-dev -n func-loyalty-dev",
            "curl",
            "az deployment group create -g rg-loyalty-dev --name loyalty-delivery-reports --template-file bicep/deliveryReports.bicep --parameters systemTopicName=evgt-loyalty-dev functionAppUrl=https://func-loyalty-dev.azurewebsites.example keyVaultName=kvdev");
        Assert.DoesNotContain(bench.Calls, static call => call.Contains("--name Keys--Admin", StringComparison.Ordinal));
        foreach (var answer in Smoked()) Assert.Contains("ok      " + answer, ran.Output, StringComparison.Ordinal);
        Assert.Contains("Key:    az keyvault secret show --vault-name kvdev --name Keys--Admin", ran.Output, StringComparison.Ordinal);
    }

    /// <summary>What the newcomer's path shows of the smoke test is what the script says.</summary>
    [Fact]
    public void Documentation_OfTheSmokeTest_IsWhatItPrints()
    {
        using var bench = new Bench(Good);
        var ran = bench.Run("infra/smoke https://func-loyalty-dev.azurewebsites.example");
        Assert.Equal(0, ran.Exit);
        Assert.Equal(Smoked().Select(static line => "ok      " + line), ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Whoever does not know a script asks it; one that deletes must not take the question for a name.</summary>
    [Theory]
    [InlineData("deploy")]
    [InlineData("cost")]
    [InlineData("connect")]
    [InlineData("secrets")]
    [InlineData("smoke")]
    [InlineData("teardown")]
    public void Script_AskedForHelp_ShowsItsUseAndDoesNothing(string script)
    {
        using var bench = new Bench(Good);
        foreach (var asked in new[] { "--help", "-h" })
        {
            var ran = bench.Run($"infra/{script} {asked}");
            Assert.True(ran.Exit == 0, ran.Output + ran.Error);
            Assert.Contains($"  infra/{script}", ran.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("set -euo", ran.Output, StringComparison.Ordinal);
        }

        Assert.Empty(bench.Calls);
    }

    [Fact]
    public void Deploy_AskedWhatItWouldDo_ChangesNothing()
    {
        using var bench = new Bench(Good);
        var ran = bench.Run("infra/deploy prod --what-if");
        Assert.Equal(0, ran.Exit);
        Assert.Contains(bench.Calls, static call => call.StartsWith("az deployment sub what-if", StringComparison.Ordinal));
        Assert.All(bench.Calls, static call => Assert.DoesNotMatch(@"\b(create|set|publish|config-zip|delete|restart|patch)\b", call));
    }

    [Fact]
    public void Deploy_NotAgreedTo_ChangesNothing()
    {
        using var bench = new Bench(Good);
        var ran = bench.Run("echo n | infra/deploy dev");
        Assert.Equal(1, ran.Exit);
        Assert.Contains("Nothing was changed.", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Calls, static call => call.Contains(" create", StringComparison.Ordinal));
    }

    [Fact]
    public void Deploy_OfCodeAlone_LeavesTheTemplateAndTheSettings()
    {
        using var bench = new Bench(Good);
        var ran = bench.Run("infra/deploy dev --only-code");
        Assert.True(ran.Exit == 0, ran.Output + ran.Error);
        Assert.DoesNotContain(bench.Calls, static call => call.Contains("deployment sub create", StringComparison.Ordinal) || call.Contains("what-if", StringComparison.Ordinal) || call.Contains("restart", StringComparison.Ordinal));
        Assert.Contains(bench.Calls, static call => call.Contains("config-zip", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("infra/deploy", 2)]
    [InlineData("infra/deploy nowhere", 2)]
    [InlineData("infra/deploy dev --frobnicate", 2)]
    public void Deploy_AskedInAWrongWay_SaysSo(string command, int exit)
    {
        using var bench = new Bench(Good);
        var ran = bench.Run(command);
        Assert.Equal(exit, ran.Exit);
        Assert.Contains("infra/deploy: ", ran.Error, StringComparison.Ordinal);
        Assert.Empty(bench.Calls);
    }

    /// <summary>A service that answers as it should not stops the deployment before Event Grid is connected.</summary>
    [Fact]
    public void Deploy_OfAnAppThatDoesNotAnswer_StopsAtTheSmokeTest()
    {
        using var bench = new Bench([.. Good.Select(static answer => answer.StartsWith("/api/health", StringComparison.Ordinal) ? "/api/health ⇒ 503" : answer)]);
        var ran = bench.Run("infra/deploy dev --yes");
        Assert.Equal(1, ran.Exit);
        Assert.Contains("FAILED  GET /api/health: expected 200, got 503", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Calls, static call => call.Contains("deployment group create", StringComparison.Ordinal));
    }

    [Fact]
    public void Deploy_WhereThereAreNoRollingUpdates_SaysSoAndGoesOn()
    {
        using var bench = new Bench(["az functionapp update-strategy ⇒!", .. Good]);
        var ran = bench.Run("infra/deploy dev --yes");
        Assert.Equal(0, ran.Exit);
        Assert.Contains("Rolling updates are not to be had here", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_GivenByTheEnvironment_ReplaceAndAreNeverPrinted()
    {
        const string Value = "whsec-given-by-the-shop";
        using var bench = new Bench(Good);

        var ran = bench.Run("infra/secrets rg-loyalty-dev func-loyalty-dev kvdev", ("LOYALTY_SECRET_Keys__Admin", Value));

        Assert.Equal(0, ran.Exit);
        Assert.Contains(bench.Calls, static call => call.Contains("--name Keys--Admin --value " + Value, StringComparison.Ordinal));
        var made = bench.Calls.Where(static call => call.Contains("secret set", StringComparison.Ordinal)).Select(static call => call.Split("--value ")[1].Split(' ')[0]).ToList();
        Assert.Equal(3, made.Distinct(StringComparer.Ordinal).Count());
        Assert.All(made.Where(static one => one != Value), static one => Assert.Equal(32, Convert.FromBase64String(one).Length));
        Assert.All(made, one => Assert.DoesNotContain(one, ran.Output + ran.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void Secrets_OfAVaultThatCannotBeRead_AreNotOverwritten()
    {
        using var bench = new Bench(["az keyvault secret list ⇒!", .. Good]);
        var ran = bench.Run("infra/secrets rg-loyalty-dev func-loyalty-dev kvdev");
        Assert.Equal(3, ran.Exit);
        Assert.Contains("Key Vault Secrets Officer", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Calls, static call => call.Contains("secret set", StringComparison.Ordinal));
        Assert.Equal(20, bench.Calls.Count(static call => call.StartsWith("sleep", StringComparison.Ordinal)));
    }

    /// <summary>The hooks of azure.yaml, with what azd puts into their environment: every output of the template.</summary>
    [Fact]
    public void Hooks_OfAzd_DoWhatDeployDoes()
    {
        var azd = House.Read("azure.yaml");
        var outputs = new (string, string)[]
        {
            ("AZURE_RESOURCE_GROUP", "rg-loyalty-dev"), ("FUNCTION_APP_NAME", "func-loyalty-dev"), ("FUNCTION_APP_URL", "https://func-loyalty-dev.azurewebsites.example"),
            ("KEY_VAULT_NAME", "kvdev"), ("SYSTEM_TOPIC_NAME", "evgt-loyalty-dev"),
        };
        var template = House.Read("bicep/main.bicep");
        Assert.All(outputs, output => Assert.Contains($"output {output.Item1} string", template, StringComparison.Ordinal));
        foreach (var (hook, command, call) in new[]
        {
            ("postprovision:", "bash infra/secrets", "az keyvault secret set --vault-name kvdev --name Connectors--Shopify--Secrets--0"),
            ("postdeploy:", "bash infra/connect", "az deployment group create -g rg-loyalty-dev --name loyalty-delivery-reports"),
        })
        {
            Assert.Contains(command, azd[azd.IndexOf(hook, StringComparison.Ordinal)..], StringComparison.Ordinal);
            using var bench = new Bench(Good);
            var ran = bench.Run(command, outputs);
            Assert.True(ran.Exit == 0, ran.Output + ran.Error);
            Assert.Contains(bench.Calls, one => one.StartsWith(call, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Teardown_NotAgreedTo_DeletesNothing()
    {
        using var bench = new Bench(["az group show ⇒ westeurope\\n"]);
        Assert.Equal(1, bench.Run("echo prod | infra/teardown dev").Exit);
        Assert.DoesNotContain(bench.Calls, static call => call.Contains("delete", StringComparison.Ordinal) || call.Contains("purge", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("true", false)]
    [InlineData("", true)]
    public void Teardown_AgreedTo_PurgesAVaultOnlyWhereItMay(string isProtected, bool isPurged)
    {
        using var bench = new Bench(["az group show ⇒ westeurope\\n", "[0].properties.enablePurgeProtection ⇒ " + isProtected + "\\n", "az keyvault list ⇒ kvdev\\n"]);
        var ran = bench.Run("echo dev | infra/teardown dev");
        Assert.True(ran.Exit == 0, ran.Output + ran.Error);
        Assert.Contains("az group delete -n rg-loyalty-dev --yes", bench.Calls);
        Assert.Equal(isPurged, bench.Calls.Contains("az keyvault purge --name kvdev --location westeurope"));
    }

    private static IEnumerable<string> Smoked() => House.Read("docs/operations/azure.md").Split('\n')
        .Where(static line => line.StartsWith("ok      ", StringComparison.Ordinal)).Select(static line => line["ok      ".Length..]);

    private static void AssertInOrder(IReadOnlyList<string> calls, params string[] wanted)
    {
        var at = -1;
        foreach (var beginning in wanted)
        {
            var found = Enumerable.Range(at + 1, calls.Count - at - 1).Where(i => calls[i].StartsWith(beginning, StringComparison.Ordinal)).DefaultIfEmpty(-1).First();
            Assert.True(found >= 0, $"not called, or not in this order: {beginning}\n{string.Join('\n', calls)}");
            at = found;
        }
    }
}
