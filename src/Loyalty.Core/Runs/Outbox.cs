using System.Collections.Immutable;

namespace Loyalty.Core.Runs;

/// <summary>Looking things up in a run's outbox. It has an item or two: going through them by number takes a fraction of what an enumerator takes.</summary>
public static class Outbox
{
    /// <summary>The item with a key; null: there is none.</summary>
    public static OutboxItem? Of(this ImmutableList<OutboxItem> outbox, string key)
    {
        var at = IndexOf(outbox, key);
        return at < 0 ? null : outbox[at];
    }

    /// <summary>The outbox with another item in the place of the one with the same key.</summary>
    internal static ImmutableList<OutboxItem> With(this ImmutableList<OutboxItem> outbox, OutboxItem item) => outbox.SetItem(IndexOf(outbox, item.Key), item);

    /// <summary>Whether the outcome of some item is still open.</summary>
    internal static bool HasOpen(this ImmutableList<OutboxItem> outbox)
    {
        for (var i = 0; i < outbox.Count; i++)
        {
            if (!outbox[i].IsSettled) return true;
        }

        return false;
    }

    private static int IndexOf(ImmutableList<OutboxItem> outbox, string key)
    {
        for (var i = 0; i < outbox.Count; i++)
        {
            if (outbox[i].Key == key) return i;
        }

        return -1;
    }
}
