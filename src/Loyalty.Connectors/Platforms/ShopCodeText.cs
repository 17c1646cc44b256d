using System.Globalization;
using Loyalty.Core.Orders;
using Loyalty.Engine.Ports;

namespace Loyalty.Connectors.Platforms;

/// <summary>What the makers of codes have in common, whichever shop they speak to: names of failures, whose code it is, an amount as the shops write it.</summary>
public static class ShopCodeText
{
    /// <summary>The shop's own codes cannot give it: a cap on a share, a free item, an amount of another currency than the shop's.</summary>
    public const string NotSupported = "gift-not-supported-by-shop";

    /// <summary>The shop has this code already, and it is not of this program.</summary>
    public const string Taken = "taken";

    /// <summary>Stands in the shop beside every code that this program makes; by it a repetition knows its own.</summary>
    public static string TitleOf(ShopCode code) => $"{code.Offer.Name} {code.Code}";

    /// <summary>The failure that hands on the shop's own code of an error, such as <c>INVALID_DATE</c>.</summary>
    public static ShopCodeAnswer.Failed RefusedAs(string error) => new("shop-refused-" + error.ToLowerInvariant().Replace('_', '-'));

    /// <summary>In whole units of the currency with its decimals and a point: <c>12.50</c>.</summary>
    public static string Amount(long minor, string currency) =>
        ((decimal)minor / CurrencyUnits.MinorPerUnit(currency)).ToString("F" + CurrencyUnits.Decimals(currency).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
