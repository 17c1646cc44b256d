using Loyalty.Core.Offers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>
/// The steps of giving a code away, each once however often it is tried: stock or pool is taken (key: run, step, visit), the code is noted with the
/// customer, the take is confirmed, the code is made in a partition of its own, only if nobody has it.
/// </summary>
public sealed class CodeIssuer(
    IDocumentStore store, IProgramSource programs, SharedLimits limits, IShopCodes shop, IChance chance, IClock clock)
{
    internal const string CodeId = "code";

    /// <summary>The note of a key; null: there is none yet.</summary>
    internal async Task<CustomerCode?> FindAsync(OfferKey key, CancellationToken cancellation) =>
        await new PartitionSession(store, Keys.CustomerPartition(key.CustomerId)).ReadAsync<CustomerCode>(NoteId(key), cancellation);

    /// <summary>Whether its codes can be given away now. Of a ticket also: its draw is not closed, for nobody shall pay for a ticket that cannot win.</summary>
    internal async Task<bool> IsOpenAsync(OfferRule offer, CancellationToken cancellation) =>
        offer.IsOpen(clock.GetCurrentInstant(), programs.Current.Model.TimeZone)
        && (offer.Gift is not OfferGift.Ticket ticket || !await PrizeDraws.IsClosedAsync(store, ticket.Draw, cancellation));

    internal static string NoteId(OfferKey key) => Keys.Code(key.RunId, key.Step, key.Visit);

    /// <summary>Stock or pool is taken; null: none is left.</summary>
    internal async Task<LimitGrant?> TakeAsync(OfferKey key, OfferRule offer, CancellationToken cancellation) =>
        LimitOf(offer) is not { } limit
            ? new LimitGrant(clock.GetCurrentInstant(), null)
            : await limits.AcquireAsync(
                new LimitRequest(limit, TakeKey(key), 1, offer.Stock ?? 0, new TakeOutcome(Keys.CustomerPartition(key.CustomerId), NoteId(key))), cancellation);

    /// <summary>The note is durable: what was taken for it stays taken.</summary>
    internal Task ConfirmAsync(OfferKey key, OfferRule offer, CancellationToken cancellation) =>
        LimitOf(offer) is { } limit ? limits.ConfirmAsync(limit, TakeKey(key), cancellation) : Task.CompletedTask;

    /// <summary>There will be no note.</summary>
    internal Task ReleaseAsync(OfferKey key, OfferRule offer, CancellationToken cancellation) =>
        LimitOf(offer) is { } limit ? limits.ReleaseAsync(limit, TakeKey(key), cancellation) : Task.CompletedTask;

    /// <summary>Reads what <see cref="Put"/> will write, and whether it may.</summary>
    internal async Task<NotePlan> PlanAsync(
        PartitionSession session, OfferRequest request, OfferRule offer, LimitGrant? grant, CancellationToken cancellation)
    {
        var known = await session.ReadAsync<CustomerCode>(NoteId(request.Key), cancellation);
        if (known is not null) return new NotePlan(known, null, IsAllowed: true, IsStale: false);
        var count = offer.PerCustomer is null ? null : await CountAsync(session, request, cancellation);
        var now = clock.GetCurrentInstant();
        var isStale = grant is not null && now - grant.At > SharedLimits.CommitWithin;
        return new NotePlan(null, count, count is null || count.Issued < offer.PerCustomer, isStale);
    }

    /// <summary>Puts the note (and the customer's count) into the session.</summary>
    internal CustomerCode Put(PartitionSession session, OfferRequest request, OfferRule offer, LimitGrant grant, NotePlan plan, Instant? wakeAt = null)
    {
        var now = clock.GetCurrentInstant();
        var note = new CustomerCode
        {
            Code = grant.Code ?? CodePattern.Make(offer.Pattern, chance.Below),
            Offer = offer.Name,
            RunId = request.Key.RunId,
            Step = request.Key.Step,
            Visit = request.Key.Visit,
            IssuedAt = now,
            ValidUntil = offer.EndOf(request.ValidUntil, now, programs.Current.Model.TimeZone),
            Price = wakeAt is null ? null : offer.Price,
        };
        session.Put(NoteId(request.Key), Kinds.Code, note, wakeAt);
        if (plan.Count is { } count) session.Put(Keys.OfferCount(offer.Name), Kinds.Offer, new OfferCount(count.Issued + 1));
        return note;
    }

    /// <summary>The code is made where it is redeemed, and at the shop where it is redeemed there.</summary>
    /// <returns>null: it exists. Else why it does not; <c>taken</c>: somebody else drew the same code.</returns>
    internal async Task<string?> MakeAsync(OfferKey key, CustomerCode note, OfferRule? offer, CancellationToken cancellation)
    {
        var made = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CodePartition(note.Code));
            if (await session.ReadAsync<CodeState>(CodeId, cancellation) is { } known)
                return new Answer(known.CustomerDocument == NoteId(key) || IsSame(known, key));
            session.Put(CodeId, Kinds.Code, StateOf(key, note));
            return await session.CommitAsync(cancellation) ? new Answer(true) : null;
        });
        if (!made.Yes) return "taken";
        if (offer is not { RedeemAt: RedeemAt.Shop, Codes: CodeOrigin.Pattern }) return null;
        var answer = await shop.CreateAsync(new ShopCode(note.Code, offer, note.ValidUntil, programs.Current.Model.Currency), cancellation);
        return answer is ShopCodeAnswer.Failed failed ? failed.Why : null;
    }

    /// <summary>Another code for a note whose code is somebody else's.</summary>
    internal Task RedrawAsync(OfferKey key, CustomerCode note, OfferRule offer, CancellationToken cancellation) => Attempts.UntilCommittedAsync(async () =>
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(key.CustomerId));
        if (await session.ReadAsync<CustomerCode>(NoteId(key), cancellation) is not { } known || known.Code != note.Code) return new object();
        session.Put(NoteId(key), Kinds.Code, known with { Code = CodePattern.Make(offer.Pattern, chance.Below) });
        return await session.CommitAsync(cancellation) ? new object() : null;
    });

    /// <summary>A code of this key is not to be used any more.</summary>
    internal async Task VoidAsync(OfferKey key, CustomerCode note, CancellationToken cancellation)
    {
        var taken = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CodePartition(note.Code));
            // A code that is being made right now is made as one that was taken back.
            var state = await session.ReadAsync<CodeState>(CodeId, cancellation) ?? StateOf(key, note);
            if (!IsSame(state, key) || CodeDecider.Void(state, clock.GetCurrentInstant()) is not CodeDecision.Changed changed) return new Answer(state.VoidedAt is not null);
            session.Put(CodeId, Kinds.Code, changed.State);
            return await session.CommitAsync(cancellation) ? new Answer(true) : null;
        });
        if (taken.Yes && programs.Current.Offers.GetValueOrDefault(note.Offer) is { RedeemAt: RedeemAt.Shop } offer)
            await shop.DisableAsync(new ShopCode(note.Code, offer, note.ValidUntil, programs.Current.Model.Currency), cancellation);
    }

    private static CodeState StateOf(OfferKey key, CustomerCode note) => new()
    {
        Code = note.Code,
        Offer = note.Offer,
        CustomerId = key.CustomerId,
        CustomerDocument = NoteId(key),
        IssuedAt = note.IssuedAt,
        ValidUntil = note.ValidUntil,
    };

    /// <summary>The document's name follows from run, step and visit; a merge changes the customer, not the name.</summary>
    private static bool IsSame(CodeState state, OfferKey key) => state.CustomerDocument == NoteId(key);

    private static string? LimitOf(OfferRule offer) => offer switch
    {
        { Codes: CodeOrigin.Pool } => SharedLimits.PoolOf(offer.Name),
        { Stock: not null } => SharedLimits.StockOf(offer.Name),
        _ => null,
    };

    private static string TakeKey(OfferKey key) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key.RunId}|{key.Step}|{key.Visit}");

    /// <summary>The count; of a customer who has codes from before there were counts, the codes themselves.</summary>
    private async Task<OfferCount> CountAsync(PartitionSession session, OfferRequest request, CancellationToken cancellation)
    {
        if (await session.ReadAsync<OfferCount>(Keys.OfferCount(request.Offer), cancellation) is { } count) return count;
        var codes = store.ReadAllAsync<CustomerCode>(new DocumentQuery(session.Partition, Keys.CodePrefix), cancellation);
        return new OfferCount(await codes.CountAsync(code => code.Offer == request.Offer, cancellation));
    }

    private sealed record Answer(bool Yes);
}

/// <summary>What was read before a note is written.</summary>
/// <param name="Known">The note that is there already.</param>
/// <param name="Count">How many the customer has; null: the offer does not count.</param>
/// <param name="IsAllowed">The customer may have one more.</param>
/// <param name="IsStale">What was taken for it was taken too long ago to rely on.</param>
internal sealed record NotePlan(CustomerCode? Known, OfferCount? Count, bool IsAllowed, bool IsStale);
