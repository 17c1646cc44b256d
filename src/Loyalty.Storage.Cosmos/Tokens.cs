using System.Security.Cryptography;
using System.Text.Json;

namespace Loyalty.Storage.Cosmos;

/// <summary>Continuations of pages: a letter for the kind of page, then where to go on.</summary>
internal static class Tokens
{
    public static string Write(char kind, string place) => kind + place;

    public static string Read(string continuation, char kind) => continuation.Length > 1 && continuation[0] == kind
        ? continuation[1..]
        : throw new ArgumentException($"'{continuation}' is not a continuation of this query.", nameof(continuation));
}

/// <summary>Ids in addresses.</summary>
internal static class AddressText
{
    /// <summary>False for ids that an address loses on the way: blanks at an end are trimmed, <c>.</c> and <c>..</c> mean folders.</summary>
    public static bool IsSafe(string id) => !char.IsWhiteSpace(id[0]) && !char.IsWhiteSpace(id[^1]) && id is not ("." or "..");
}

/// <summary>Where a reader of the change feed is.</summary>
/// <param name="Token">The service's; null: the beginning.</param>
/// <param name="Told">ETags of the page behind that place that were told already.</param>
internal sealed record ChangePosition(string? Token, HashSet<string> Told)
{
    public static ChangePosition Read(string? continuation)
    {
        if (continuation is null) return new ChangePosition(null, []);
        try
        {
            return JsonSerializer.Deserialize<ChangePosition>(Tokens.Read(continuation, 'c')) ?? throw new JsonException();
        }
        catch (JsonException malformed)
        {
            throw new ArgumentException($"'{continuation}' is not a continuation of this feed.", nameof(continuation), malformed);
        }
    }

    public string Write() => Tokens.Write('c', JsonSerializer.Serialize(this));
}

/// <summary>
/// Names of writes: whoever lost the answer to a commit finds out by it whether the commit was done. Unique across processes; they decide nothing, so
/// chance is harmless here.
/// </summary>
internal sealed class WriteTokens
{
    private readonly string _process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private long _last;

    public string Next() => _process + Interlocked.Increment(ref _last).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}
