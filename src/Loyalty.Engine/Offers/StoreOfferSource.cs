using System.Security.Cryptography;
using Loyalty.Core;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>
/// Codes of our own, redeemed here. In three steps, each once however often it is tried: the stock is taken (key: run, step, visit), the code is noted
/// with the customer, the code is made in a partition of its own, only if nobody has it.
/// </summary>
public sealed class StoreOfferSource(IDocumentStore store, IProgramSource programs, IClock clock) : IOfferSource
{
    // No 0 and O, 1, I and L, U: what people read out and type in.
    private const string Alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Tries = 8;
    private const string CodeId = "code";
    private const string StockId = "stock";

    /// <inheritdoc/>
    public async Task<OfferAnswer> IssueAsync(OfferRequest request, CancellationToken cancellation = default)
    {
        if (programs.Current.Offers.GetValueOrDefault(request.Offer) is not { } offer) return new OfferAnswer.Failed("unknown-offer");
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var note = await Attempts.UntilCommittedAsync(() => TryNoteAsync(request, offer, cancellation));
            if (note.Refused is { } refused) return refused;
            var known = note.Code!;
            if (known.VoidedAt is not null) return new OfferAnswer.Failed("voided");
            if (await MakeAsync(request.Key, known, cancellation)) return new OfferAnswer.Issued(known.Code, known.ValidUntil);
            // Somebody else drew the same code, one in billions: the note gets another.
            await ForgetAsync(request.Key, known, cancellation);
        }

        return new OfferAnswer.Failed("no-free-code");
    }

    /// <inheritdoc/>
    public async Task VoidAsync(OfferKey key, CancellationToken cancellation = default)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(key.CustomerId));
        if (await session.ReadAsync<CustomerCode>(Keys.Code(key.RunId, key.Step, key.Visit), cancellation) is not { Code.Length: > 0 } known) return;
        await Attempts.UntilCommittedAsync(async () =>
        {
            var code = new PartitionSession(store, Keys.CodePartition(known.Code));
            var record = await code.ReadAsync<CodeRecord>(CodeId, cancellation);
            if (record is { UsedAt: not null } or { VoidedAt: not null }) return new object();
            // A code that is being made right now is made as one that was taken back.
            record ??= Record(key, known);
            if (record.CustomerId != key.CustomerId) return new object();
            code.Put(CodeId, Kinds.Code, record with { VoidedAt = clock.GetCurrentInstant() });
            return await code.CommitAsync(cancellation) ? new object() : null;
        });
    }

    /// <summary>A code of the pattern: every <c>#</c> drawn by the system's generator.</summary>
    internal static string Draw(string pattern) =>
        string.Concat(pattern.Select(static c => c == '#' ? Alphabet[RandomNumberGenerator.GetInt32(Alphabet.Length)] : c));

    private async Task<Note?> TryNoteAsync(OfferRequest request, OfferRule offer, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(request.Key.CustomerId));
        var id = Keys.Code(request.Key.RunId, request.Key.Step, request.Key.Visit);
        if (await session.ReadAsync<CustomerCode>(id, cancellation) is { } known) return new Note(known, null);
        if (offer.PerCustomer is { } most && await HasAsync(request, most, cancellation))
            return new Note(null, new OfferAnswer.SoldOut("per-customer"));
        if (offer.Stock is not null && !await TakeAsync(request.Key, offer, cancellation)) return new Note(null, new OfferAnswer.SoldOut("stock"));
        var now = clock.GetCurrentInstant();
        var code = new CustomerCode
        {
            Code = Draw(offer.Pattern),
            Offer = offer.Name,
            RunId = request.Key.RunId,
            Step = request.Key.Step,
            Visit = request.Key.Visit,
            IssuedAt = now,
            ValidUntil = request.ValidUntil ?? offer.Valid?.After(now, programs.Current.Model.TimeZone),
        };
        session.Put(id, Kinds.Code, code);
        return await session.CommitAsync(cancellation) ? new Note(code, null) : null;
    }

    private async Task<bool> HasAsync(OfferRequest request, int most, CancellationToken cancellation)
    {
        var count = 0;
        string? continuation = null;
        do
        {
            var page = await store.QueryAsync(
                new DocumentQuery(Keys.CustomerPartition(request.Key.CustomerId), Keys.CodePrefix, Continuation: continuation), cancellation);
            count += page.Items.Count(d => Core.Serialization.LoyaltyJson.Read<CustomerCode>(d.Body.Span).Offer == request.Offer);
            continuation = page.Continuation;
        }
        while (continuation is not null && count < most);
        return count >= most;
    }

    private async Task<bool> TakeAsync(OfferKey key, OfferRule offer, CancellationToken cancellation)
    {
        var taken = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.OfferPartition(offer.Name));
            var takeId = "take-" + Hashing.Id(32, key.RunId, key.Step, key.Visit.ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (await session.ReadAsync<StockTake>(takeId, cancellation) is not null) return new Answer(true);
            var stock = await session.ReadAsync<OfferStock>(StockId, cancellation) ?? new OfferStock(0);
            if (stock.Taken >= offer.Stock) return new Answer(false);
            session.Put(StockId, Kinds.Stock, new OfferStock(stock.Taken + 1));
            session.Put(takeId, Kinds.Stock, new StockTake(clock.GetCurrentInstant()));
            return await session.CommitAsync(cancellation) ? new Answer(true) : null;
        });
        return taken.Yes;
    }

    /// <returns>False: the code is somebody else's.</returns>
    private async Task<bool> MakeAsync(OfferKey key, CustomerCode code, CancellationToken cancellation)
    {
        var made = await Attempts.UntilCommittedAsync(async () =>
        {
            var document = Keys.Code(key.RunId, key.Step, key.Visit);
            var session = new PartitionSession(store, Keys.CodePartition(code.Code));
            if (await session.ReadAsync<CodeRecord>(CodeId, cancellation) is { } known)
                return new Answer(known.CustomerId == key.CustomerId && known.CustomerDocument == document);
            session.Put(CodeId, Kinds.Code, Record(key, code));
            return await session.CommitAsync(cancellation) ? new Answer(true) : null;
        });
        return made.Yes;
    }

    private static CodeRecord Record(OfferKey key, CustomerCode code) => new()
    {
        Code = code.Code,
        Offer = code.Offer,
        CustomerId = key.CustomerId,
        CustomerDocument = Keys.Code(key.RunId, key.Step, key.Visit),
        IssuedAt = code.IssuedAt,
        ValidUntil = code.ValidUntil,
    };

    private Task ForgetAsync(OfferKey key, CustomerCode code, CancellationToken cancellation) => Attempts.UntilCommittedAsync(async () =>
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(key.CustomerId));
        var id = Keys.Code(key.RunId, key.Step, key.Visit);
        if (await session.ReadAsync<CustomerCode>(id, cancellation) is not { } known || known.Code != code.Code) return new object();
        var offer = programs.Current.Offers.GetValueOrDefault(code.Offer);
        session.Put(id, Kinds.Code, known with { Code = Draw(offer?.Pattern ?? OfferRule.DefaultPattern) });
        return await session.CommitAsync(cancellation) ? new object() : null;
    });

    private sealed record Note(CustomerCode? Code, OfferAnswer? Refused);

    private sealed record Answer(bool Yes);
}
