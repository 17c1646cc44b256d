using System.Collections.Immutable;

namespace Loyalty.Core.Runs;

/// <summary>Looking things up in a run's outbox, which has an item or two.</summary>
public static class Outbox
{
    /// <summary>The item with a key; null: there is none.</summary>
    public static OutboxItem? Of(this ImmutableArray<OutboxItem> outbox, string key)
    {
        var at = IndexOf(outbox, key);
        return at < 0 ? null : outbox[at];
    }

    /// <summary>The outbox with another item in the place of the one with the same key.</summary>
    internal static ImmutableArray<OutboxItem> With(this ImmutableArray<OutboxItem> outbox, OutboxItem item) => outbox.SetItem(IndexOf(outbox, item.Key), item);

    /// <summary>Whether the outcome of some item is still open.</summary>
    internal static bool HasOpen(this ImmutableArray<OutboxItem> outbox)
    {
        foreach (var item in outbox)
        {
            if (!item.IsSettled) return true;
        }

        return false;
    }

    private static int IndexOf(ImmutableArray<OutboxItem> outbox, string key)
    {
        for (var i = 0; i < outbox.Length; i++)
        {
            if (outbox[i].Key == key) return i;
        }

        return -1;
    }
}
