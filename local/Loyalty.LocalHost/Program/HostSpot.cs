using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Program;

/// <summary>
/// Where the host that owns a data file listens, and a key that its command lines may use: in <c>FILE.host</c>, readable by the user who runs the
/// host only. Whoever can read it can read the data beside it too. The key lives as long as the host and may do everything.
/// </summary>
/// <param name="Url">The host's address.</param>
/// <param name="Key">Sent as <c>Authorization: Bearer …</c>.</param>
/// <param name="Token">The fencing token of its ownership: another one in the file's row means that this host is gone.</param>
public sealed record HostSpot(Uri Url, string Key, long Token)
{
    /// <summary>The host that owns a file, as far as it left word; null: nobody owns it, or who does cannot be asked.</summary>
    /// <param name="dataFile">The data file.</param>
    /// <param name="owner">Who the file says owns it; null: nobody.</param>
    public static HostSpot? Find(string dataFile, OwnerInfo? owner)
    {
        if (owner is null || owner.Machine != Environment.MachineName) return null;
        try
        {
            var spot = JsonSerializer.Deserialize<HostSpot>(File.ReadAllBytes(PathOf(dataFile)), JsonSerializerOptions.Web);
            return spot?.Token == owner.Token ? spot : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            // No such file: the host is of another kind or another user's; it can be asked with --url and --key.
            return null;
        }
    }

    /// <summary>A key of 160 random bits.</summary>
    internal static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    /// <summary>Leaves word. The old file goes first: its rights may have been wider.</summary>
    internal void Write(string dataFile)
    {
        var path = PathOf(dataFile);
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        JsonSerializer.Serialize(file, this, JsonSerializerOptions.Web);
    }

    /// <summary>Takes the word back, if it is this host's.</summary>
    internal void Remove(string dataFile)
    {
        try
        {
            if (JsonSerializer.Deserialize<HostSpot>(File.ReadAllBytes(PathOf(dataFile)), JsonSerializerOptions.Web)?.Token == Token) File.Delete(PathOf(dataFile));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or JsonException)
        {
            // A successor has left its own word, or the folder is gone; an old word names an old token and misleads nobody.
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Url} ({Token})");

    private static string PathOf(string dataFile) => dataFile + ".host";
}
