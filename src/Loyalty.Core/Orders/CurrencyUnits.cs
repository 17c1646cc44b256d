namespace Loyalty.Core.Orders;

/// <summary>How many decimals the minor unit of a currency has (ISO 4217).</summary>
public static class CurrencyUnits
{
    /// <summary>0 (JPY), 2 (EUR and every code not known), 3 (TND) or 4 (CLF).</summary>
    public static int Decimals(string currency) => currency switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "UYI" or "VND" or "VUV"
            or "XAF" or "XOF" or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        "CLF" or "UYW" => 4,
        _ => 2,
    };

    /// <summary>Minor units of one whole unit: 1, 100, 1,000 or 10,000.</summary>
    public static long MinorPerUnit(string currency) => Decimals(currency) switch
    {
        0 => 1,
        3 => 1000,
        4 => 10000,
        _ => 100,
    };
}
