using System.Text.RegularExpressions;

namespace Loyalty.Deployment.Tests;

/// <summary>No secret in the repository, and none in what is built from it.</summary>
public sealed partial class SecretTests
{
    private const long MaxScannedBytes = 4 << 20;

    private static readonly string[] NotOurs = [".git", "obj", "node_modules", "TestResults", ".vs", ".idea", ".azurite"];

    /// <summary>Made up in tests and documents, and recognizable as such.</summary>
    private static readonly string[] MadeUp = ["example", "Example", "EXAMPLE", "00000000-0000-0000-0000-00000000000"];

    private static readonly (string Name, Regex Pattern)[] Shapes =
    [
        ("a private key", PrivateKey()),
        ("a storage, queue or database key", AccountKey()),
        ("a shared access signature", SharedAccess()),
        ("a key of Shopify", Shopify()),
        ("a key of Stripe", Stripe()),
        ("a key of a cloud", Cloud()),
        ("a token of a forge or registry", Forge()),
        ("a signed token", SignedToken()),
        ("a client secret of Entra ID", Entra()),
    ];

    [Fact]
    public void Repository_EveryFile_HoldsNoSecret() => House.AssertNone(Scan(House.Root, skipBuilds: true), "Secrets in the repository:");

    [Fact]
    public void Builds_EveryFileOfOurs_HoldsNoSecret()
    {
        var outputs = Directory.GetDirectories(House.Root, "bin", SearchOption.AllDirectories).Where(static path => !path.Contains("node_modules", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(outputs);
        House.AssertNone(outputs.SelectMany(static folder => Scan(folder, skipBuilds: false)), "Secrets in build outputs:");
    }

    [Fact]
    public void Builds_OfTheFunctions_HoldNoSettings() => House.AssertNone(
        Directory.GetFiles(House.Full("functions"), "local.settings.json", SearchOption.AllDirectories)
            .Where(static path => path.Contains($"{Path.DirectorySeparatorChar}publish{Path.DirectorySeparatorChar}", StringComparison.Ordinal)),
        "Settings of a desk that would be published:");

    [Fact]
    public void SampleSettings_EveryValue_IsAPlaceholderOrPublic() => House.AssertNone(
        from Match one in SampleValue().Matches(House.Read("functions/local.settings.sample.json"))
        let name = one.Groups[1].Value
        where name.StartsWith("Keys__", StringComparison.Ordinal) || name.Contains("__Secrets__", StringComparison.Ordinal)
        where one.Groups[2].Value.Length > 0
        select name,
        "Values in the sample that look like secrets:");

    [Theory]
    [InlineData("-----BEGIN RSA PRIVATE |KEY-----")]
    [InlineData("AccountKey=|Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYg==")]
    [InlineData("SharedAccessKey=|Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8=")]
    [InlineData("shpss_|0123456789abcdef0123456789abcdef")]
    [InlineData("sk_live_|0123456789abcdefghijklmn")]
    [InlineData("ghp_|0123456789abcdefghijklmnopqrstuvwxyz")]
    public void Shapes_OfSecrets_AreFound(string text)
    {
        // Cut in two, or the scan would find them here.
        var whole = text.Replace("|", "", StringComparison.Ordinal);
        Assert.Contains(Shapes, shape => shape.Pattern.IsMatch(whole));
        Assert.DoesNotContain(Shapes, shape => shape.Pattern.IsMatch(text));
    }

    private static IEnumerable<string> Scan(string folder, bool skipBuilds)
    {
        foreach (var path in Files(new DirectoryInfo(folder), skipBuilds))
        {
            var text = File.ReadAllText(path, System.Text.Encoding.Latin1);
            // Texts in assemblies are UTF-16: every second byte of a secret is zero.
            if (path.EndsWith(".dll", StringComparison.Ordinal)) text += text.Replace("\0", "", StringComparison.Ordinal);
            foreach (var (name, pattern) in Shapes)
            {
                var found = pattern.Matches(text).FirstOrDefault(static match => !MadeUp.Any(word => match.Value.Contains(word, StringComparison.Ordinal)));
                if (found is not null) yield return $"{Path.GetRelativePath(House.Root, path)}: {name}";
            }
        }
    }

    private static IEnumerable<string> Files(DirectoryInfo folder, bool skipBuilds)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is not null) continue;
            if (entry is DirectoryInfo inner)
            {
                if (NotOurs.Contains(inner.Name) || (skipBuilds && inner.Name is "bin" or "artifacts")) continue;
                foreach (var file in Files(inner, skipBuilds)) yield return file;
            }
            else if (entry is FileInfo { Length: > 0 and <= MaxScannedBytes } file && IsOurs(file, skipBuilds))
            {
                yield return file.FullName;
            }
        }
    }

    /// <summary>In a build: what is made from our sources or copied from them. Libraries of others are theirs.</summary>
    private static bool IsOurs(FileInfo file, bool skipBuilds) => skipBuilds
        || file.Extension is ".json" or ".config" or ".yaml" or ".hbs" or ".txt" or ".xml"
        || (file.Extension is ".dll" or ".pdb" && (file.Name.StartsWith("Loyalty.", StringComparison.Ordinal) || file.Name.StartsWith("loyalty.", StringComparison.Ordinal)));

    [GeneratedRegex(@"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"(?:AccountKey|SharedAccessKey|PrimaryKey|accesskey)=[A-Za-z0-9+/]{40,}={0,2}", RegexOptions.IgnoreCase)]
    private static partial Regex AccountKey();

    [GeneratedRegex(@"[?&]sig=[A-Za-z0-9%]{40,}")]
    private static partial Regex SharedAccess();

    [GeneratedRegex(@"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b")]
    private static partial Regex Shopify();

    [GeneratedRegex(@"\b(?:sk|rk)_live_[0-9a-zA-Z]{20,}")]
    private static partial Regex Stripe();

    [GeneratedRegex(@"\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b")]
    private static partial Regex Cloud();

    [GeneratedRegex(@"\bgh[pousr]_[0-9A-Za-z]{36}\b|\bglpat-[0-9A-Za-z_-]{20}\b|\bnpm_[0-9A-Za-z]{36}\b|\boy2[a-z0-9]{43}\b")]
    private static partial Regex Forge();

    [GeneratedRegex(@"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}")]
    private static partial Regex SignedToken();

    [GeneratedRegex(@"\b[0-9A-Za-z_~.-]{3}8Q~[0-9A-Za-z_~.-]{34}\b")]
    private static partial Regex Entra();

    [GeneratedRegex("""
        "(\w+)": "([^"]*)"
        """)]
    private static partial Regex SampleValue();
}
