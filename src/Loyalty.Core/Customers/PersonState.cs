using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>
/// Who a customer is: names and addresses, in a document of their own, so that they can be erased while the books stay.
/// </summary>
public sealed record PersonState
{
    public required string CustomerId { get; init; }
    public Told<string>? Email { get; init; }

    /// <summary>E.164.</summary>
    public Told<string>? Phone { get; init; }
    public Told<string>? FirstName { get; init; }
    public Told<string>? LastName { get; init; }
}
