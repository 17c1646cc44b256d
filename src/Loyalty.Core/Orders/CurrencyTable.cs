using System.Collections.Frozen;

namespace Loyalty.Core.Orders;

/// <summary>
/// How many decimals an ISO 4217 currency has: active codes, and those withdrawn since 2000 that old orders still
/// carry.
/// </summary>
public static class CurrencyTable
{
    private const string NoDecimals = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF BYR";
    private const string ThreeDecimals = "BHD IQD JOD KWD LYD OMR TND";
    private const string FourDecimals = "CLF UYW";

    private const string TwoDecimals =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF " +
        "CHF CNY COP CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD " +
        "HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT " +
        "MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR " +
        "SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU " +
        "UZS VED VES WST XCD XCG YER ZAR ZMW ZWG CHE CHW COU MXV USN BOV " +
        "AZM BGL CSD CYP EEK GHC HRK LTL LVL MRO MTL MZM ROL RUR SDD SIT SKK SLL STD TRL VEB VEF ZMK ZWD ZWL";

    private static readonly FrozenDictionary<string, int> Exponents = Build();

    /// <summary>
    /// Digits after the point: 0, 2, 3 or 4; null where the text is no code of ISO 4217 (upper case).
    /// </summary>
    public static int? Exponent(string? currency) =>
        currency is not null && Exponents.TryGetValue(currency, out var exponent) ? exponent : null;

    /// <summary>
    /// An amount in whole minor units, rounded half away from zero where it has more decimals than the currency.
    /// </summary>
    /// <returns>null where the currency is unknown or the amount is beyond ±10^15 minor units.</returns>
    public static long? ToMinor(decimal amount, string? currency)
    {
        const decimal Limit = 1_000_000_000_000_000m;
        if (Exponent(currency) is not { } exponent || amount is > Limit or < -Limit) return null;
        var minor = decimal.Round(amount * Scale(exponent), 0, MidpointRounding.AwayFromZero);
        return minor is > Limit or < -Limit ? null : (long)minor;
    }

    /// <summary>Whole minor units as an amount in units of the currency, exactly.</summary>
    /// <exception cref="ArgumentException">The currency is unknown.</exception>
    public static decimal FromMinor(long minor, string currency) =>
        minor / Scale(
            Exponent(currency) ?? throw new ArgumentException($"{currency} is no ISO 4217 code.", nameof(currency)));

    private static decimal Scale(int exponent) => exponent switch { 0 => 1m, 2 => 100m, 3 => 1000m, _ => 10_000m };

    private static FrozenDictionary<string, int> Build()
    {
        var all = new Dictionary<string, int>(StringComparer.Ordinal);
        (string, int)[] groups = [(NoDecimals, 0), (TwoDecimals, 2), (ThreeDecimals, 3), (FourDecimals, 4)];
        foreach (var (codes, exponent) in groups)
        {
            foreach (var code in codes.Split(' ')) all.Add(code, exponent);
        }

        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
