using System.Collections.Immutable;
using Loyalty.Core.Offers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>An offer of the catalogue.</summary>
public sealed record OfferView
{
    public required string Name { get; init; }
    public required string Title { get; init; }
    public required OfferGift Gives { get; init; }
    public required RedeemAt RedeemAt { get; init; }

    /// <summary>The program's, ISO 4217: of <see cref="MinimumMinor"/> and <see cref="BudgetLeft"/>.</summary>
    public required string Currency { get; init; }

    /// <summary>Codes can be given away and redeemed now.</summary>
    public required bool IsOpen { get; init; }
    public LocalDate? From { get; init; }
    public LocalDate? Until { get; init; }

    /// <summary>Points; null: it is given, not bought.</summary>
    public long? Price { get; init; }
    public int? PerCustomer { get; init; }
    public long? MinimumMinor { get; init; }

    /// <summary>Codes left; null: as many as are asked for.</summary>
    public long? Left { get; init; }

    /// <summary>true: there may be more than <see cref="Left"/>, for a large pool is not counted to its end; null: it is the whole number.</summary>
    public bool? LeftIsAtLeast { get; init; }

    /// <summary>Of the budget, in minor units (of an offer that gives points: points); null: it has none.</summary>
    public long? BudgetLeft { get; init; }
}

/// <summary>A code of a customer.</summary>
public sealed record CustomerCodeView
{
    public required string Code { get; init; }
    public required string Offer { get; init; }
    public required string Title { get; init; }
    public OfferGift? Gives { get; init; }
    public required Instant IssuedAt { get; init; }
    public Instant? ValidUntil { get; init; }

    /// <summary><c>open</c>, <c>held</c>, <c>used</c>, <c>expired</c>, <c>void</c>.</summary>
    public required string Status { get; init; }
    public Instant? UsedAt { get; init; }
    public string? OrderId { get; init; }
}

/// <summary>Reads offers and codes; changes nothing.</summary>
public sealed class OfferQueries(IDocumentStore store, IProgramSource programs, CodeIssuer issuer, SharedLimits limits, IClock clock)
{
    /// <summary>Codes of one customer that are told, the latest documents first.</summary>
    public const int MostCodes = 100;

    /// <summary>The catalogue, by name.</summary>
    public async Task<IReadOnlyList<OfferView>> ListAsync(CancellationToken cancellation = default)
    {
        var views = new List<OfferView>();
        foreach (var offer in programs.Current.Offers.Values) views.Add(await ViewAsync(offer, cancellation));
        return views;
    }

    /// <summary>One offer; null: there is none of this name.</summary>
    public async Task<OfferView?> FindAsync(string offer, CancellationToken cancellation = default) =>
        programs.Current.Offers.GetValueOrDefault(offer) is { } rule ? await ViewAsync(rule, cancellation) : null;

    /// <summary>Whether the offer gives away codes that were imported.</summary>
    public bool TakesFromPool(string offer) => programs.Current.Offers.GetValueOrDefault(offer)?.Codes == CodeOrigin.Pool;

    /// <summary>What a customer can buy with points now, the cheapest first.</summary>
    public async Task<IReadOnlyList<OfferView>> RewardsAsync(CancellationToken cancellation = default) =>
        [.. (await ListAsync(cancellation)).Where(static offer => offer is { Price: not null, IsOpen: true, Left: null or > 0 }).OrderBy(static offer => offer.Price)];

    /// <summary>A customer's codes, the latest first.</summary>
    public async Task<IReadOnlyList<CustomerCodeView>> CodesAsync(string customerId, CancellationToken cancellation = default)
    {
        var id = await store.SurvivorAsync(customerId, cancellation);
        var views = new List<CustomerCodeView>();
        var page = await store.QueryAsync(new DocumentQuery(Keys.CustomerPartition(id), Keys.CodePrefix, MostCodes), cancellation);
        foreach (var document in page.Items)
        {
            var note = LoyaltyJson.Read<CustomerCode>(document.Body.Span);
            var found = await store.ReadAsync(Keys.CodePartition(note.Code), CodeIssuer.CodeId, cancellation);
            var state = found is null ? null : LoyaltyJson.Read<CodeState>(found.Body.Span);
            var offer = programs.Current.Offers.GetValueOrDefault(note.Offer);
            views.Add(new CustomerCodeView
            {
                Code = note.Code,
                Offer = note.Offer,
                Title = offer?.Title ?? note.Offer,
                Gives = offer?.Gift,
                IssuedAt = note.IssuedAt,
                ValidUntil = note.ValidUntil,
                Status = Status(note, state),
                UsedAt = state?.UsedAt,
                OrderId = state?.OrderId,
            });
        }

        return [.. views.OrderByDescending(static view => view.IssuedAt)];
    }

    private string Status(CustomerCode note, CodeState? state)
    {
        var now = clock.GetCurrentInstant();
        if (note.VoidedAt is not null || state?.VoidedAt is not null) return "void";
        if (state?.UsedAt is not null) return "used";
        if (now >= note.ValidUntil) return "expired";
        return state?.Hold is { } hold && now < hold.ExpiresAt ? "held" : "open";
    }

    private async Task<OfferView> ViewAsync(OfferRule offer, CancellationToken cancellation)
    {
        var pool = offer.Codes == CodeOrigin.Pool ? await limits.PoolLeftAsync(offer.Name, cancellation) : null;
        return new OfferView
        {
            Name = offer.Name,
            Title = offer.Title,
            Gives = offer.Gift,
            RedeemAt = offer.RedeemAt,
            Currency = programs.Current.Model.Currency,
            IsOpen = await issuer.IsOpenAsync(offer, cancellation),
            From = offer.From,
            Until = offer.Until,
            Price = offer.Price,
            PerCustomer = offer.PerCustomer,
            MinimumMinor = offer.MinimumMinor,
            Left = pool?.Number ?? (offer.Stock is { } stock ? await limits.LeftAsync(SharedLimits.StockOf(offer.Name), stock, cancellation) : null),
            LeftIsAtLeast = pool is { MayBeMore: true } ? true : null,
            BudgetLeft = offer.Budget is { } budget ? await limits.LeftAsync(SharedLimits.BudgetOf(offer.Name), budget, cancellation) : null,
        };
    }
}
