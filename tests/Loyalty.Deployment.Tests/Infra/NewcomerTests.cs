using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Loyalty.Deployment.Tests.Infra;

/// <summary>The commands of docs/operations, as they stand there.</summary>
public sealed partial class NewcomerTests
{
    private const string Pages = "docs/operations/";

    [Fact]
    public void FirstCustomer_AsThePathSays_IsSignedAsTheDoorAsks()
    {
        var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        using var bench = new Bench("FUNCTION_APP_URL ⇒ https://app.example\\n", "KEY_VAULT_NAME ⇒ kvdev\\n", $"--name Connectors--Standard--Secrets--0 ⇒ {secret}\\n");
        var block = Blocks(Pages + "azure.md").Single(static text => text.Contains("webhook-signature", StringComparison.Ordinal));

        var ran = bench.Run("set -euo pipefail\n" + block);

        Assert.True(ran.Exit == 0, ran.Error);
        var call = Assert.Single(bench.CurlCalls);
        Assert.Contains("https://app.example/api/webhooks/standard", call);
        var headers = call.Where(static one => one.Contains(": ", StringComparison.Ordinal)).Select(static one => one.Split(": ", 2)).ToDictionary(static one => one[0], static one => one[1], StringComparer.Ordinal);
        var body = call[^1];
        var signed = $"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{body}";
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret), Encoding.UTF8.GetBytes(signed))), headers["webhook-signature"]);
        Assert.True(System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("data").TryGetProperty("person", out _));
    }

    /// <summary>bash reads every block of commands without running it.</summary>
    [Fact]
    public void Commands_OfEveryPage_AreBash()
    {
        using var bench = new Bench();
        var blocks = House.WithEnding(".md").Where(static file => file.StartsWith("docs/", StringComparison.Ordinal) || file == "README.md")
            .SelectMany(static file => Blocks(file).Select(text => (file, text))).ToList();
        Assert.True(blocks.Count > 10, $"only {blocks.Count} blocks: the reader has lost its way");
        House.AssertNone(
            blocks.Select(block => (block.file, Ran: bench.Run("bash -n <(printf '%s' \"$SCRIPT\")", ("SCRIPT", Placeholder().Replace(block.text, "X")))))
                .Where(static one => one.Ran.Exit != 0).Select(static one => $"{one.file}: {one.Ran.Error.Trim()}"),
            "Blocks that bash cannot read:");
    }

    /// <summary>Scripts, templates and parameters that the pages of operations name are there; one file is made by a command of theirs.</summary>
    [Fact]
    public void Files_ThatThePagesName_AreThere() => House.AssertNone(
        House.WithEnding(".md").Where(static file => file.StartsWith(Pages, StringComparison.Ordinal)).SelectMany(static file =>
            Named().Matches(House.Read(file)).Select(static match => match.Value.TrimEnd('.')).Distinct(StringComparer.Ordinal)
                .Where(static path => path != "functions/local.settings.json" && !House.Exists(path) && !Directory.Exists(House.Full(path)))
                .Select(path => $"{file}: {path}")),
        "Named, but not there:");

    private static IEnumerable<string> Blocks(string file) => Block().Matches(House.Read(file)).Select(static match => match.Groups["text"].Value);

    [GeneratedRegex("^```bash\n(?<text>.*?)^```", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, 5000)]
    private static partial Regex Block();

    /// <summary>What the reader puts in: &lt;this repository&gt;.</summary>
    [GeneratedRegex("<[a-zA-Z][^<>\n]*>|…", RegexOptions.None, 5000)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"(?<![\w/.-])(?:infra|bicep|functions|program|tests)/[\w./-]+", RegexOptions.None, 5000)]
    private static partial Regex Named();
}
