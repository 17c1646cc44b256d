using System.Runtime.CompilerServices;
using Loyalty.Core.Serialization;

namespace Loyalty.Engine.Storage;

/// <summary>Reading page after page, one page in memory at a time. What is written meanwhile may be seen or not.</summary>
public static class DocumentReading
{
    /// <summary>Every document of a kind, in whichever partition: for reports.</summary>
    /// <param name="store">The store.</param>
    /// <param name="kind">What the documents are.</param>
    /// <param name="pageSize">1 to <see cref="StoreLimits.PageSize"/>, which is the default.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StoreUnavailableException">A page could not be read.</exception>
    public static async IAsyncEnumerable<Document> ScanAsync(
        this IDocumentStore store, string kind, int pageSize = StoreLimits.PageSize, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var range in await store.GetFeedRangesAsync(cancellation))
        {
            string? continuation = null;
            do
            {
                var page = await store.ScanKindAsync(range, kind, pageSize, continuation, cancellation);
                foreach (var document in page.Items) yield return document;
                continuation = page.Continuation;
            }
            while (continuation is not null);
        }
    }

    /// <inheritdoc cref="ScanAsync"/>
    public static async IAsyncEnumerable<T> ScanAsync<T>(
        this IDocumentStore store, string kind, int pageSize = StoreLimits.PageSize, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var document in store.ScanAsync(kind, pageSize, cancellation)) yield return LoyaltyJson.Read<T>(document.Body.Span);
    }

    /// <summary>All that a query finds in its partition, in its order.</summary>
    /// <param name="store">The store.</param>
    /// <param name="query">Its limit is the size of a page; its continuation, where it has one, is where reading begins.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StoreUnavailableException">A page could not be read.</exception>
    public static async IAsyncEnumerable<Document> ReadAllAsync(this IDocumentStore store, DocumentQuery query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        do
        {
            var page = await store.QueryAsync(query, cancellation);
            foreach (var document in page.Items) yield return document;
            query = query with { Continuation = page.Continuation };
        }
        while (query.Continuation is not null);
    }

    /// <inheritdoc cref="ReadAllAsync"/>
    public static async IAsyncEnumerable<T> ReadAllAsync<T>(this IDocumentStore store, DocumentQuery query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var document in store.ReadAllAsync(query, cancellation)) yield return LoyaltyJson.Read<T>(document.Body.Span);
    }
}
