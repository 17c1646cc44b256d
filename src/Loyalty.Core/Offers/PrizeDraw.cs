using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Core.Offers;

/// <summary>
/// A draw that anybody can check. Before the first ticket the SHA-256 of a secret seed is published. When the draw closes, the list of tickets is frozen
/// and its hash published; then the seed is told. Whoever has seed and list finds the same winners: tickets in the order of
/// HMAC-SHA256(seed, list hash ‖ ticket), the lowest first.
/// </summary>
public static class PrizeDraw
{
    /// <summary>Bytes of a seed.</summary>
    public const int SeedBytes = 32;

    /// <summary>What is published before: lower-case hexadecimal SHA-256 of the seed.</summary>
    public static string Commitment(ReadOnlySpan<byte> seed) => Convert.ToHexStringLower(SHA256.HashData(seed));

    /// <summary>The hash of the frozen list: SHA-256 of the tickets in ordinal order, each ended by a line feed.</summary>
    public static string ListHash(IEnumerable<string> tickets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var ticket in tickets.Order(StringComparer.Ordinal)) hash.AppendData(Encoding.UTF8.GetBytes(ticket + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The winners, first prize first; fewer where there are fewer tickets.</summary>
    public static ImmutableArray<string> Winners(ReadOnlySpan<byte> seed, IReadOnlyCollection<string> tickets, int prizes)
    {
        var list = ListHash(tickets);
        var key = seed.ToArray();
        return
        [
            .. tickets.Distinct(StringComparer.Ordinal)
                .OrderBy(ticket => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(list + ticket))), StringComparer.Ordinal)
                .Take(prizes),
        ];
    }

    /// <summary>Whether a told result is the one that was committed to.</summary>
    public static bool Verifies(string commitment, ReadOnlySpan<byte> seed, IReadOnlyCollection<string> tickets, IReadOnlyList<string> winners) =>
        Commitment(seed) == commitment && Winners(seed, tickets, winners.Count).SequenceEqual(winners, StringComparer.Ordinal);
}
