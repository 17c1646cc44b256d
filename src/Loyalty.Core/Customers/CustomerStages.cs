namespace Loyalty.Core.Customers;

/// <summary>The stage follows from the record alone.</summary>
public static class CustomerStages
{
    /// <summary>Where the customer stands.</summary>
    public static CustomerStage Of(CustomerState customer) => customer switch
    {
        { Purchases.Count: > 0, IsInactive: true } => CustomerStage.Lapsed,
        { Purchases.Count: > 1 } => CustomerStage.Repeat,
        { Purchases.Count: 1 } => CustomerStage.Refer,
        { SignedUpAt: not null } => CustomerStage.NotBought,
        _ => CustomerStage.Attract,
    };

    /// <summary>The word for it: <c>attract</c>, <c>not-bought</c>, <c>refer</c>, <c>repeat</c>, <c>lapsed</c>.</summary>
    public static string Word(CustomerStage stage) => stage switch
    {
        CustomerStage.NotBought => "not-bought",
        CustomerStage.Refer => "refer",
        CustomerStage.Repeat => "repeat",
        CustomerStage.Lapsed => "lapsed",
        _ => "attract",
    };
}
