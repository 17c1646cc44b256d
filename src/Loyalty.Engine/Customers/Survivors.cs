using Loyalty.Core.Customers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Customers;

/// <summary>Who somebody is now, who may have been merged into another since.</summary>
public static class Survivors
{
    /// <summary>The one who stays; the same id where nobody is known by it.</summary>
    public static async ValueTask<string> SurvivorAsync(this IDocumentStore store, string customerId, CancellationToken cancellation = default)
    {
        while (await store.FindCustomerAsync(customerId, cancellation) is { MergedInto: { } into }) customerId = into;
        return customerId;
    }

    /// <summary>A customer's record as it stands, sealed or not; null: nobody is known by the id.</summary>
    public static async ValueTask<CustomerState?> FindCustomerAsync(this IDocumentStore store, string customerId, CancellationToken cancellation = default)
    {
        var document = await store.ReadAsync(Keys.CustomerPartition(customerId), Keys.CustomerId, cancellation);
        return document is null ? null : LoyaltyJson.Read<CustomerState>(document.Body.Span);
    }
}
