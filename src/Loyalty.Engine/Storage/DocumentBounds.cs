using System.Buffers;
using NodaTime;

namespace Loyalty.Engine.Storage;

/// <summary>The bounds of <see cref="IDocumentStore"/>, checked by every store before it reads or writes; what breaks one is a bug of the caller.</summary>
public static class DocumentBounds
{
    /// <summary>Up to so many are compared with each other, which costs less than a set.</summary>
    private const int FewWrites = 8;

    private static readonly SearchValues<char> ForbiddenInIds = SearchValues.Create("/\\?#");

    /// <summary>A partition's name: 1 to 1,000 characters.</summary>
    /// <exception cref="ArgumentException">It breaks the bound.</exception>
    public static void CheckPartition(string partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        if (partition.Length is 0 or > StoreLimits.PartitionCharacters)
        {
            throw new ArgumentException(
                $"A partition has 1 to {StoreLimits.PartitionCharacters} characters, not {partition.Length}.", nameof(partition));
        }

        CheckText(partition, nameof(partition));
    }

    /// <summary>An id: 1 to 255 characters, none of <c>/ \\ ? #</c>.</summary>
    /// <exception cref="ArgumentException">It breaks the bound.</exception>
    public static void CheckId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length is 0 or > StoreLimits.IdCharacters)
        {
            throw new ArgumentException($"An id has 1 to {StoreLimits.IdCharacters} characters, not {id.Length}.", nameof(id));
        }

        if (id.AsSpan().ContainsAny(ForbiddenInIds))
        {
            throw new ArgumentException($"An id has none of / \\ ? #, but '{id}' has.", nameof(id));
        }

        CheckText(id, nameof(id));
    }

    /// <summary>A page: 1 to 1,000 documents.</summary>
    /// <exception cref="ArgumentException">It breaks the bound.</exception>
    public static void CheckLimit(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, StoreLimits.PageSize);
    }

    /// <summary>A batch: 1 to 100 writes, no document twice, at most 2 MB of bodies, expiry in whole seconds.</summary>
    /// <exception cref="ArgumentException">It breaks the bound.</exception>
    public static void CheckBatch(IReadOnlyList<DocumentWrite> writes)
    {
        ArgumentNullException.ThrowIfNull(writes);
        if (writes.Count is 0 or > StoreLimits.BatchOperations)
        {
            throw new ArgumentException($"A batch has 1 to {StoreLimits.BatchOperations} writes, not {writes.Count}.", nameof(writes));
        }

        long bytes = 0;
        HashSet<string>? seen = writes.Count > FewWrites ? new HashSet<string>(writes.Count, StringComparer.Ordinal) : null;
        for (int index = 0; index < writes.Count; index++)
        {
            DocumentWrite write = writes[index];
            CheckId(write.Id);
            if (seen is null ? IsAmongFirst(writes, index) : !seen.Add(write.Id))
            {
                throw new ArgumentException($"The batch writes '{write.Id}' twice.", nameof(writes));
            }

            bytes += write switch
            {
                DocumentWrite.Create create => CheckContent(create.Kind, create.Body, create.ExpiresAt),
                DocumentWrite.Replace replace => CheckContent(replace.Kind, replace.Body, replace.ExpiresAt),
                DocumentWrite.Upsert upsert => CheckContent(upsert.Kind, upsert.Body, upsert.ExpiresAt),
                _ => 0,
            };
        }

        if (bytes > StoreLimits.BatchBytes)
        {
            throw new ArgumentException($"A batch has at most {StoreLimits.BatchBytes} bytes of bodies, not {bytes}.", nameof(writes));
        }
    }

    private static bool IsAmongFirst(IReadOnlyList<DocumentWrite> writes, int index)
    {
        for (int before = 0; before < index; before++)
        {
            if (writes[before].Id == writes[index].Id)
            {
                return true;
            }
        }

        return false;
    }

    private static int CheckContent(string kind, ReadOnlyMemory<byte> body, Instant? expiresAt)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        if (expiresAt is { } expiry && expiry.ToUnixTimeTicks() % NodaConstants.TicksPerSecond != 0)
        {
            throw new ArgumentException($"ExpiresAt is in whole seconds, not {expiry}.", nameof(expiresAt));
        }

        return body.Length;
    }

    /// <summary>A lone surrogate has no UTF-8 form: two ids that differ only by one would become the same.</summary>
    private static void CheckText(string text, string name)
    {
        ReadOnlySpan<char> rest = text;
        while (true)
        {
            int at = rest.IndexOfAnyInRange('\uD800', '\uDFFF');
            if (at < 0)
            {
                return;
            }

            if (at + 1 >= rest.Length || !char.IsSurrogatePair(rest[at], rest[at + 1]))
            {
                throw new ArgumentException("The text is not valid UTF-16 (a lone surrogate).", name);
            }

            rest = rest[(at + 2)..];
        }
    }
}
