using System.Collections.Immutable;
using Loyalty.Core.Earning;

namespace Loyalty.Core.Orders;

/// <summary>What a line is worth.</summary>
/// <param name="Line">The line.</param>
/// <param name="NetMinor">What was kept, without tax, minor units, 0 or more.</param>
/// <param name="GrossMinor">The same with tax: the line's tax in proportion, rounded half to even.</param>
public sealed record LineValue(OrderLine Line, long NetMinor, long GrossMinor)
{
    /// <summary>Pieces that were kept, 0 or more; a refund of money alone takes none.</summary>
    public long Pieces { get; init; } = Line.Quantity;
}

/// <summary>The value of an order's goods: lines after their discounts, less refunds, without gift cards and shipping.</summary>
public static class OrderValue
{
    /// <summary>
    /// The lines after some of the order's refunds. A line whose price is below 0 is a discount on the goods: it is spread over the lines above 0 in
    /// proportion (tax likewise), takes none of them below 0 and is worth nothing itself; a refund of it changes nothing. No line goes below 0; of a line whose every piece came back nothing is kept, whatever cents
    /// the shop's rounding (or a fee) left on it; a refund of a line that is not there changes nothing. Money that was given back for no line
    /// (<see cref="OrderRefund.AmountMinor"/>) is spread last, over goods, gift cards and shipping in proportion to what is kept of each with tax.
    /// </summary>
    public static ImmutableArray<LineValue> Lines(OrderSnapshot order, ImmutableArray<OrderRefund> refunds)
    {
        Dictionary<string, (long Minor, long Pieces)>? refunded = null;
        var unsplit = 0L;
        foreach (var refund in refunds)
        {
            unsplit += Math.Max(0, refund.AmountMinor ?? 0);
            if (!refund.Lines.IsDefaultOrEmpty) Count(refund.Lines, refunded ??= []);
        }

        var values = ImmutableArray.CreateBuilder<LineValue>(order.Lines.Length);
        foreach (var line in Discounted(order.Lines))
        {
            if (line.IsGiftCard || line.NetMinor < 0) continue;
            var (minor, pieces) = refunded?.GetValueOrDefault(line.LineId) ?? default;
            var isBack = line.Quantity > 0 && pieces >= line.Quantity;
            var kept = isBack ? 0 : Math.Max(0, line.NetMinor - minor);
            if (minor > 0 || pieces > 0) refunded![line.LineId] = (Math.Max(0, minor - line.NetMinor), Math.Max(0, pieces - line.Quantity));
            var value = Value(line, kept, order.TaxesIncluded);
            values.Add(pieces == 0 && line.Quantity >= 0 ? value : value with { Pieces = Math.Max(0, line.Quantity - pieces) });
        }

        return unsplit > 0 ? Spread(order, values, unsplit) : values.DrainToImmutable();
    }

    private static void Count(ImmutableArray<RefundLine> lines, Dictionary<string, (long Minor, long Pieces)> refunded)
    {
        foreach (var line in lines)
        {
            var (minor, pieces) = refunded.GetValueOrDefault(line.LineId);
            refunded[line.LineId] = (minor + Math.Max(0, line.NetMinor), pieces + Math.Max(0, line.Quantity));
        }
    }

    /// <summary>Takes money that belongs to no line off everything that is kept, to the cent.</summary>
    private static ImmutableArray<LineValue> Spread(OrderSnapshot order, ImmutableArray<LineValue>.Builder values, long amount)
    {
        var cards = order.Lines.Where(static line => line.IsGiftCard).Sum(static line => Math.Max(0, line.NetMinor));
        long[] weights = [.. values.Select(static value => value.GrossMinor), Math.Max(0, order.ShippingMinor) + cards];
        var parts = LargestRemainder.Split(Math.Min(amount, weights.Sum()), weights);
        return
        [
            .. values.Select((value, i) =>
            {
                var gross = value.GrossMinor - parts[i];
                var net = value.GrossMinor == 0 ? 0 : (long)decimal.Round((decimal)value.NetMinor * gross / value.GrossMinor, MidpointRounding.ToEven);
                return value with { NetMinor = net, GrossMinor = gross };
            }),
        ];
    }

    /// <summary>Nearly every order tells its discounts line by line.</summary>
    private static ImmutableArray<OrderLine> Discounted(ImmutableArray<OrderLine> lines)
    {
        foreach (var line in lines)
        {
            if (line.NetMinor < 0) return Discounted(lines, [.. lines.Where(static one => one.NetMinor < 0)]);
        }

        return lines;
    }

    private static ImmutableArray<OrderLine> Discounted(ImmutableArray<OrderLine> lines, List<OrderLine> discounts)
    {
        var weights = lines.Select(static line => line.IsGiftCard ? 0 : Math.Max(0, line.NetMinor)).ToArray();
        var goods = weights.Sum();
        if (goods == 0) return lines;
        var net = LargestRemainder.Split(Math.Min(goods, -discounts.Sum(static line => line.NetMinor)), weights);
        var tax = LargestRemainder.Split(Math.Max(0, -discounts.Sum(static line => line.TaxMinor)), weights);
        return
        [
            .. lines.Select((line, i) => weights[i] == 0
                ? line
                : line with { NetMinor = line.NetMinor - net[i], TaxMinor = Math.Max(0, line.TaxMinor - tax[i]) }),
        ];
    }

    /// <summary>Net goods before refunds, minor units.</summary>
    public static long Net(OrderSnapshot order) => Lines(order, []).Sum(static line => line.NetMinor);

    /// <summary>Net goods that were kept, minor units.</summary>
    public static long Kept(OrderFacts facts)
    {
        if (facts.Latest is not { } latest || facts.IsRefunded) return 0;
        var sum = 0L;
        foreach (var line in Lines(latest, facts.Refunds)) sum += line.NetMinor;
        return sum;
    }

    /// <summary>Refunds in the order in which they were made: time, then id.</summary>
    public static IEnumerable<OrderRefund> InOrder(IEnumerable<OrderRefund> refunds) =>
        refunds.OrderBy(static refund => refund.At).ThenBy(static refund => refund.RefundId, StringComparer.Ordinal);

    /// <summary>The shop's amounts contain the tax or not; either way net is without it and gross is with it.</summary>
    private static LineValue Value(OrderLine line, long kept, bool containsTax)
    {
        var tax = line.NetMinor == 0 || line.TaxMinor == 0 ? 0 : kept == line.NetMinor ? line.TaxMinor : (long)decimal.Round((decimal)line.TaxMinor * kept / line.NetMinor, MidpointRounding.ToEven);
        return containsTax ? new LineValue(line, Math.Max(0, kept - tax), kept) : new LineValue(line, kept, kept + tax);
    }
}
