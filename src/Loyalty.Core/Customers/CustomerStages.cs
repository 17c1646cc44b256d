namespace Loyalty.Core.Customers;

/// <summary>The stage follows from the record alone.</summary>
public static class CustomerStages
{
    /// <summary>Where the customer stands.</summary>
    /// <param name="purchases">Paid orders.</param>
    /// <param name="isInactive">Told inactive, and nothing done since.</param>
    /// <param name="isSignedUp">Has signed up.</param>
    public static CustomerStage Of(int purchases, bool isInactive, bool isSignedUp) => purchases switch
    {
        > 0 when isInactive => CustomerStage.Lapsed,
        > 1 => CustomerStage.Repeat,
        1 => CustomerStage.Refer,
        _ => isSignedUp ? CustomerStage.NotBought : CustomerStage.Attract,
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
