namespace Loyalty.Core.Customers;

/// <summary>Further types that the program tells by itself (docs/reference/events.md).</summary>
public static class DerivedEventTypes
{
    public const string CustomerBirthday = "customer.birthday";
}
