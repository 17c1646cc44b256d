using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using NodaTime;

namespace Loyalty.Engine.Ledger;

/// <summary>An order to be asked about.</summary>
public sealed record ExploreRequest
{
    /// <summary>Whose it would be; null: a newcomer's first.</summary>
    public string? CustomerId { get; init; }

    /// <summary>ISO 4217; null: the program's.</summary>
    public string? Currency { get; init; }

    /// <summary>When it would be paid, from 1970 to 2199; null: now.</summary>
    public Instant? PaidAt { get; init; }
    public string? Channel { get; init; }

    /// <summary>1 to 1,000, together at most 10^13 minor units with tax.</summary>
    public ImmutableArray<ExploreLine> Lines { get; init; } = [];
    public ImmutableArray<string> DiscountCodes { get; init; } = [];

    /// <summary>Line amounts contain the tax.</summary>
    public bool TaxesIncluded { get; init; }
}

/// <summary>A line of an order to be asked about.</summary>
public sealed record ExploreLine
{
    public string? Sku { get; init; }
    public string? Category { get; init; }
    public ImmutableArray<string> Labels { get; init; } = [];

    /// <summary>Pieces, 0 to 10^13. Default 1.</summary>
    public long Quantity { get; init; } = 1;

    /// <summary>Minor units after the line's own discounts, 0 to 10^13.</summary>
    public long NetMinor { get; init; }

    /// <summary>Tax of the whole line, minor units, 0 to 10^13.</summary>
    public long TaxMinor { get; init; }
    public bool GiftCard { get; init; }
}

/// <summary>What an order would earn, and why each rule did or did not. Reads only.</summary>
public sealed class ExplorePoints(CustomerQueries queries, IProgramSource programs, PointsBudgets budgets, IClock clock)
{
    /// <returns>The answer; null: <see cref="ExploreRequest.CustomerId"/> is nobody's.</returns>
    public async Task<EarningExploration?> ExploreAsync(ExploreRequest request, CancellationToken cancellation = default)
    {
        var program = programs.Current.Model;
        var now = clock.GetCurrentInstant();
        var snapshot = request.CustomerId is { } id ? await queries.GetAsync(id, cancellation) : new CustomerSnapshot { CustomerId = "" };
        if (snapshot is null) return null;
        var paidAt = request.PaidAt ?? now;
        var order = new OrderSnapshot
        {
            OrderId = "explore",
            Currency = request.Currency ?? program.Currency,
            PlacedAt = paidAt,
            UpdatedAt = paidAt,
            Payment = PaymentStatus.Paid,
            PaidAt = paidAt,
            Channel = request.Channel,
            TaxesIncluded = request.TaxesIncluded,
            DiscountCodes = request.DiscountCodes,
            Lines = [.. request.Lines.Select(LineOf)],
        };
        var state = new OrderState
        {
            OrderId = order.OrderId,
            CustomerId = snapshot.CustomerId,
            Nth = (snapshot.Customer?.Purchases.Count ?? 0) + 1,
            Facts = OrderMerge.Fold(new OrderFacts(), order, paidAt),
        };
        var facts = CustomerDecider.FactsOf(snapshot, program, now);
        if (program.Earning.HasBudgets)
        {
            var (left, occasion) = (await budgets.LeftAsync(program, cancellation), OrderEarner.Occasion(state));
            facts = facts with { Budgets = left.ToImmutableDictionary(one => occasion.GrantKey(one.Key), static one => one.Value, StringComparer.Ordinal) };
        }

        return EarningExplorer.Explore(state, program, facts);
    }

    /// <summary>What is wrong with a request, in words; null: nothing. What no event of an order may say is not asked about either.</summary>
    public static string? Problem(ExploreRequest request)
    {
        if (request.Lines.IsDefaultOrEmpty || request.Lines.Length > CustomerLimits.OrderLines) return "lines: 1 to 1,000 are expected.";
        if (request.Currency is { } currency && CurrencyTable.Exponent(currency) is null) return "currency: a code of ISO 4217 is expected, e.g. EUR.";
        if (request.PaidAt is { } paidAt && !EventTime.Has(paidAt)) return "paidAt: a moment from 1970 to 2199 is expected, e.g. 2026-01-31T09:00:00Z.";
        var sum = 0L;
        for (var i = 0; i < request.Lines.Length; i++)
        {
            var line = request.Lines[i];
            if (OutOfRange(line) is { } field) return string.Create(CultureInfo.InvariantCulture, $"lines[{i}].{field}: 0 to {CustomerLimits.OrderMinor:N0} is expected.");
            sum += line.NetMinor + line.TaxMinor;
        }

        return sum > CustomerLimits.OrderMinor ? string.Create(CultureInfo.InvariantCulture, $"lines: together at most {CustomerLimits.OrderMinor:N0} with tax are expected.") : null;
    }

    private static string? OutOfRange(ExploreLine line) =>
        line.NetMinor is < 0 or > CustomerLimits.OrderMinor ? "netMinor"
        : line.TaxMinor is < 0 or > CustomerLimits.OrderMinor ? "taxMinor"
        : line.Quantity is < 0 or > CustomerLimits.OrderMinor ? "quantity"
        : null;

    private static OrderLine LineOf(ExploreLine line, int index) => new()
    {
        LineId = (index + 1).ToString(CultureInfo.InvariantCulture),
        Sku = line.Sku,
        Category = line.Category,
        Labels = line.Labels.IsDefaultOrEmpty ? null : line.Labels,
        Quantity = line.Quantity,
        NetMinor = line.NetMinor,
        TaxMinor = line.TaxMinor,
        IsGiftCard = line.GiftCard,
    };
}
