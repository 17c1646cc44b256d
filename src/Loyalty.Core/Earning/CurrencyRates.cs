using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>Units of a currency for one whole unit of the order's.</summary>
/// <param name="Rate">Above 0.</param>
/// <param name="To">ISO 4217, the program's.</param>
public sealed record CurrencyRate(decimal Rate, string To);

/// <summary>A rate that the program declares.</summary>
/// <param name="Currency">ISO 4217, another than the program's.</param>
/// <param name="From">From then on (included), until the next of the same currency.</param>
/// <param name="Rate">Units of the program's currency for one unit of it. Above 0.</param>
public sealed record DatedRate(string Currency, Instant From, decimal Rate);

/// <summary>The program's rates.</summary>
public sealed record CurrencyRates
{
    /// <summary>By currency and start, ascending.</summary>
    public ImmutableArray<DatedRate> Items { get; init; } = [];

    /// <summary>The rate of a currency at a moment; null: none is declared for then.</summary>
    public decimal? Of(string currency, Instant at)
    {
        decimal? found = null;
        foreach (var item in Items)
        {
            if (item.Currency == currency && item.From <= at) found = item.Rate;
        }

        return found;
    }
}
