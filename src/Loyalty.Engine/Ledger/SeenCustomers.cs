using System.Collections.Concurrent;
using Loyalty.Core.Customers;

namespace Loyalty.Engine.Ledger;

/// <summary>
/// Customers as this process committed them last, with their version, so that the next posting need not read them. It is never the truth: what is decided
/// from it counts only if the store commits it under that version, and everything else is decided again from fresh reads (<see cref="PointsUseCase"/>).
/// </summary>
/// <param name="most">Customers of one half; the older half is dropped when the younger is full. 1 or more.</param>
public sealed class SeenCustomers(int most = SeenCustomers.Half)
{
    /// <summary>Customers of one half by default; some ten kilobytes each at most.</summary>
    public const int Half = 4_096;

    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<string, Seen> _younger = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, Seen> _older = new(StringComparer.Ordinal);

    /// <summary>A person's record is not kept in memory any longer.</summary>
    public void Forget(string customerId)
    {
        _younger.TryRemove(customerId, out _);
        _older.TryRemove(customerId, out _);
    }

    internal Seen? Find(string customerId) =>
        _younger.TryGetValue(customerId, out var seen) || _older.TryGetValue(customerId, out seen) ? seen : null;

    internal void Remember(string customerId, Seen seen)
    {
        var younger = _younger;
        if (younger.TryGetValue(customerId, out _) || younger.Count < most)
        {
            younger[customerId] = seen;
            return;
        }

        lock (_gate)
        {
            if (ReferenceEquals(younger, _younger)) (_older, _younger) = (younger, new ConcurrentDictionary<string, Seen>(StringComparer.Ordinal));
            _younger[customerId] = seen;
        }
    }

    /// <param name="Customer">The record.</param>
    /// <param name="ETag">Its version.</param>
    internal sealed record Seen(CustomerState Customer, string ETag);
}
