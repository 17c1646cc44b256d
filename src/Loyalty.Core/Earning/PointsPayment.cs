using System.Collections.Immutable;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>Points that paid a part of an order.</summary>
public sealed record PointsPayment
{
    /// <summary>The redemption in the ledger.</summary>
    public required string RedemptionId { get; init; }
    public required string Wallet { get; init; }

    /// <summary>1 or more.</summary>
    public required long Points { get; init; }

    /// <summary>What they were worth, minor units of the order's currency, 1 or more.</summary>
    public required long ValueMinor { get; init; }

    /// <summary>The order's line amounts are already lower by it (the shop took it as a discount).</summary>
    public bool IsInPrices { get; init; }

    /// <summary>Goods it could not pay for; null: all could be.</summary>
    public GoodsFilter? Excluded { get; init; }

    /// <summary>Points given back so far because goods came back.</summary>
    public long Restored { get; init; }
}

/// <summary>The split of points payments over an order's lines.</summary>
public static class PointsAllocation
{
    /// <summary>
    /// The lines less what points paid of them: each payment is split over the goods it could pay for by largest remainder of their gross value before
    /// refunds, and a returned share of a line takes the same share of its part away.
    /// </summary>
    public static ImmutableArray<LineValue> AfterPayments(
        ImmutableArray<LineValue> kept, OrderSnapshot order, IEnumerable<PointsPayment> payments)
    {
        var paid = payments.Where(static payment => !payment.IsInPrices).ToList();
        if (paid.Count == 0) return kept;
        var whole = OrderValue.Lines(order, []);
        var shares = new long[whole.Length];
        foreach (var payment in paid)
        {
            var parts = Split(payment, whole);
            for (var i = 0; i < shares.Length; i++) shares[i] += parts[i];
        }

        return [.. kept.Select((line, i) => Less(line, whole[i].GrossMinor, shares[i]))];
    }

    /// <summary>How many of a payment's points the returned goods have set free in all: the floor of their share.</summary>
    public static long PointsReturned(PointsPayment payment, ImmutableArray<LineValue> kept, OrderSnapshot order)
    {
        var whole = OrderValue.Lines(order, []);
        var shares = Split(payment, whole);
        var freed = 0m;
        for (var i = 0; i < shares.Length; i++)
        {
            if (whole[i].GrossMinor == 0) continue;
            freed += (decimal)shares[i] * (whole[i].GrossMinor - kept[i].GrossMinor) / whole[i].GrossMinor;
        }

        // The quotients are cut at 28 digits; what is a whole number must not fall below it for that.
        return (long)decimal.Floor(decimal.Round(payment.Points * freed / payment.ValueMinor, 12));
    }

    private static ImmutableArray<long> Split(PointsPayment payment, ImmutableArray<LineValue> whole)
    {
        long[] weights = [.. whole.Select(line => payment.Excluded?.Has(line.Line) == true ? 0 : line.GrossMinor)];
        // Goods worth less than was paid: the rest paid for shipping and the like, and belongs to no line.
        var value = payment.IsInPrices ? payment.ValueMinor : Math.Min(payment.ValueMinor, weights.Sum());
        return weights.Sum() == 0 ? [.. weights] : LargestRemainder.Split(value, weights);
    }

    private static LineValue Less(LineValue line, long wholeGross, long share)
    {
        if (share == 0 || line.GrossMinor == 0 || wholeGross == 0) return line;
        var gross = Math.Max(0, line.GrossMinor - (long)((Int128)share * line.GrossMinor / wholeGross));
        return line with { GrossMinor = gross, NetMinor = (long)((Int128)line.NetMinor * gross / line.GrossMinor) };
    }
}

/// <summary>How points pay: <c>pay:</c> of program.yaml.</summary>
public sealed record PayRule
{
    /// <summary>Default <c>spendable</c>.</summary>
    public string Wallet { get; init; } = Programs.WalletRule.Spendable;

    /// <summary>What a point is worth, by start, ascending; at least one.</summary>
    public required ImmutableArray<PointValue> Values { get; init; }

    /// <summary>Points, 1 or more. Default 1.</summary>
    public long Minimum { get; init; } = 1;

    /// <summary>Only multiples of it. Default 1.</summary>
    public long Step { get; init; } = 1;

    /// <summary>At most this share of what can be paid for, above 0 to 1. Default 1.</summary>
    public decimal MaxShare { get; init; } = 1;

    /// <summary>Goods that points do not pay for; null: they pay for all.</summary>
    public GoodsFilter? Excluded { get; init; }

    /// <summary>Minor units of the program's currency per point at a moment; null: points do not pay then.</summary>
    public decimal? ValueAt(Instant at)
    {
        decimal? found = null;
        foreach (var value in Values)
        {
            if (value.From <= at) found = value.MinorPerPoint;
        }

        return found;
    }
}

/// <summary>What a point is worth from a moment on.</summary>
/// <param name="From">Included.</param>
/// <param name="MinorPerPoint">Minor units of the program's currency, above 0, at most 6 decimals.</param>
public sealed record PointValue(Instant From, decimal MinorPerPoint);

/// <summary>What points could pay of a cart or order.</summary>
/// <param name="MostPoints">The most that may be taken; 0: none, see <paramref name="Reason"/>.</param>
/// <param name="MostMinor">What those are worth, minor units of the order's currency.</param>
/// <param name="PayableMinor">The gross value of the goods that points may pay for.</param>
/// <param name="Reason">Why none: <c>pay-not-offered</c>, <c>currency-mismatch</c>, <c>no-payable-goods</c>, <c>below-minimum</c>, <c>insufficient-points</c>.</param>
public sealed record PayQuote(long MostPoints, long MostMinor, long PayableMinor, string? Reason)
{
    /// <summary>The quote for an order as it stands.</summary>
    /// <param name="order">Lines and currency.</param>
    /// <param name="available">The wallet's usable points.</param>
    /// <param name="program">The program.</param>
    /// <param name="at">When it would be paid.</param>
    public static PayQuote Of(OrderSnapshot order, long available, Programs.ProgramModel program, Instant at)
    {
        if (program.Pay is not { } pay || pay.ValueAt(at) is not { } worth) return new PayQuote(0, 0, 0, "pay-not-offered");
        if (RateOf(order.Currency, program, at) is not { } rate) return new PayQuote(0, 0, 0, EarningReasons.NoRate);
        var payable = OrderValue.Lines(order, []).Where(line => pay.Excluded?.Has(line.Line) != true).Sum(static line => line.GrossMinor);
        if (payable == 0) return new PayQuote(0, 0, 0, "no-payable-goods");
        // Multiplied first and divided once: a quotient that is a whole number is one, and no point is lost to the value of a point being cut.
        var affordable = (long)decimal.Floor(Math.Min(payable * pay.MaxShare * rate / worth, long.MaxValue / 2));
        var most = Math.Min(affordable, available) / pay.Step * pay.Step;
        if (affordable < pay.Minimum) return new PayQuote(0, 0, payable, EarningReasons.BelowMinimum);
        return most < pay.Minimum
            ? new PayQuote(0, 0, payable, "insufficient-points")
            : new PayQuote(most, ToMinor(most, worth, rate), payable, null);
    }

    /// <summary>What so many points are worth in an order's currency, rounded down; null: they cannot pay it.</summary>
    public static long? Worth(long points, string currency, Programs.ProgramModel program, Instant at) =>
        program.Pay?.ValueAt(at) is { } worth && RateOf(currency, program, at) is { } rate ? ToMinor(points, worth, rate) : null;

    private static long ToMinor(long points, decimal worth, decimal rate) => (long)decimal.Floor(points * worth / rate);

    /// <summary>Minor units of the program's currency for one minor unit of the order's.</summary>
    private static decimal? RateOf(string currency, Programs.ProgramModel program, Instant at)
    {
        if (currency == program.Currency) return 1m;
        if (program.Rates.Of(currency, at) is not { } rate) return null;
        return rate * CurrencyUnits.MinorPerUnit(program.Currency) / CurrencyUnits.MinorPerUnit(currency);
    }
}
