namespace Loyalty.Core.Conditions;

/// <summary>Decimal places of ISO 4217 currencies, as far as they are not two.</summary>
internal static class CurrencyDigits
{
    /// <summary>0, 2 or 3.</summary>
    public static int Of(string currency) => currency switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "VND" or "VUV" or "XAF" or "XOF"
            or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        _ => 2,
    };

    /// <summary>The amount in minor units; null where it has more decimal places than the currency or is too large.</summary>
    public static long? ToMinor(decimal amount, string currency)
    {
        var factor = Of(currency) switch { 0 => 1m, 2 => 100m, _ => 1000m };
        if (amount > 1_000_000_000_000_000m) return null;
        var minor = amount * factor;
        return minor == decimal.Truncate(minor) ? (long)minor : null;
    }
}
