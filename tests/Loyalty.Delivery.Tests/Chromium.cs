namespace Loyalty.Delivery.Tests;

/// <summary>The machine's own Chromium; the package brings none.</summary>
internal static class Chromium
{
    public const string Path = "/usr/bin/chromium";
}

/// <summary>A test that needs Chromium, and says so where there is none.</summary>
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (!File.Exists(Chromium.Path)) Skip = $"{Chromium.Path} is not installed (Debian: apt-get install chromium)";
    }
}
