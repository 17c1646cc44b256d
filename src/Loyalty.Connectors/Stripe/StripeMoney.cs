using System.Collections.Frozen;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Stripe;

/// <summary>
/// Stripe counts in "the smallest unit" by its own table, which is not ISO 4217's: MGA has no decimals there, ISK and UGX have two that are always
/// 00 (docs.stripe.com/currencies).
/// </summary>
internal static class StripeMoney
{
    private static readonly FrozenSet<string> NoDecimals = FrozenSet.Create(
        StringComparer.Ordinal, "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF");

    private static readonly FrozenSet<string> ThreeDecimals = FrozenSet.Create(StringComparer.Ordinal, "BHD", "JOD", "KWD", "OMR", "TND");

    /// <summary>Minor units by ISO 4217, 0 where the amount is missing.</summary>
    public static long Minor(Node amount, string currency, ShopContext context)
    {
        if (amount.Whole() is not { } whole) return 0;
        var units = whole / (NoDecimals.Contains(currency) ? 1m : ThreeDecimals.Contains(currency) ? 1000m : 100m);
        if (CurrencyTable.ToMinor(units, currency) is { } minor) return minor;
        amount.Fail("an amount within ±10^15 minor units");
        return 0;
    }
}
