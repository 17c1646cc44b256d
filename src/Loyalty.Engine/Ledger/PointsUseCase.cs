using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Redemptions;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Ledger;

/// <summary>
/// Postings that people and checkouts ask for: spend, hold, commit, release, restore, adjust. Each is idempotent by its business key; those of one customer
/// that wait at the same time share a commit.
/// </summary>
public sealed class PointsUseCase
{
    /// <summary>Requests that share a commit at most; a commit has at most 100 writes.</summary>
    public const int RequestsPerCommit = 38;

    private const int WritesPerCommit = 90;

    /// <summary>Stands for a person who is not read: no posting depends on them, and one that would change them is decided from fresh reads.</summary>
    private static readonly PersonState Unread = new() { CustomerId = "" };
    private readonly IDocumentStore _store;
    private readonly IProgramSource _programs;
    private readonly RunProtocolSettings _settings;
    private readonly IClock _clock;
    private readonly CustomerLanes<Work, PointsAnswer> _lanes;
    private readonly SeenCustomers _seen;

    public PointsUseCase(IDocumentStore store, IProgramSource programs, RunProtocolSettings settings, IClock clock, SeenCustomers? seen = null)
    {
        (_store, _programs, _settings, _clock, _seen) = (store, programs, settings, clock, seen ?? new SeenCustomers());
        _lanes = new CustomerLanes<Work, PointsAnswer>(WorkOffAsync, RequestsPerCommit);
    }

    /// <summary>Posts a command to one of the customer's wallets.</summary>
    /// <param name="customerId">Whose.</param>
    /// <param name="wallet">One of the program's.</param>
    /// <param name="command">What to post; <see cref="LedgerCommand.Restore"/> through <see cref="RestoreAsync"/>.</param>
    /// <param name="request">The request's idempotency, where it has one beside the command's key.</param>
    /// <param name="cancellation">Gives up waiting; what was queued may still be posted.</param>
    public Task<PointsAnswer> PostAsync(
        string customerId, string wallet, LedgerCommand command, IdempotentRequest? request = null, CancellationToken cancellation = default) =>
        SubmitAsync(
            customerId,
            new Work(wallet, (_, _) => ValueTask.FromResult<LedgerCommand?>(command), command.Key, request) { ReadsNothing = command is not LedgerCommand.Restore },
            cancellation);

    /// <summary>Posts what is decided in the customer's own session, together with other documents of the customer.</summary>
    /// <param name="customerId">Whose.</param>
    /// <param name="wallet">One of the program's.</param>
    /// <param name="posting">What to post, and what is written with it.</param>
    /// <param name="request">The request's idempotency, where it has one beside the posting's key.</param>
    /// <param name="cancellation">Gives up waiting; what was queued may still be posted.</param>
    public Task<PointsAnswer> PostAsync(
        string customerId, string wallet, PointsPosting posting, IdempotentRequest? request = null, CancellationToken cancellation = default) =>
        SubmitAsync(customerId, new Work(wallet, posting.Command, posting.Key, request) { Also = posting.Also }, cancellation);

    /// <summary>Gives redeemed points back. Refused: <see cref="RefusalCode.NotFound"/>, <see cref="RefusalCode.ExceedsRedemption"/>.</summary>
    /// <param name="customerId">Whose.</param>
    /// <param name="wallet">The wallet they came from.</param>
    /// <param name="redemptionId">The key of the spend or hold.</param>
    /// <param name="points">1 or more.</param>
    /// <param name="key">The business key.</param>
    /// <param name="cause">Why.</param>
    /// <param name="request">The request's idempotency, where it has one beside the key.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public Task<PointsAnswer> RestoreAsync(
        string customerId, string wallet, string redemptionId, long points, string key, EntryCause cause, IdempotentRequest? request = null,
        CancellationToken cancellation = default)
    {
        return SubmitAsync(customerId, new Work(wallet, MakeAsync, key, request), cancellation);

        async ValueTask<LedgerCommand?> MakeAsync(PartitionSession session, ProgramModel program)
        {
            if (await RedemptionBook.FindAsync(session, wallet, redemptionId, cancellation) is not { } redemption) return null;
            var graceEndsAt = LotTerms.EndOfDay(_clock.GetCurrentInstant(), program.RestoreGraceDays, program.TimeZone);
            return new LedgerCommand.Restore(key, redemption, points, graceEndsAt, cause);
        }
    }

    private Task<PointsAnswer> SubmitAsync(string customerId, Work work, CancellationToken cancellation) =>
        _lanes.SubmitAsync(customerId, work).WaitAsync(cancellation);

    private async Task WorkOffAsync(string customerId, IReadOnlyList<Work> batch)
    {
        try
        {
            var open = batch;
            while (true)
            {
                var taken = await TryFromSeenAsync(customerId, open) ?? await TakeAsync(customerId, open);
                foreach (var (work, answer) in taken.Answers) work.Answer(answer);
                if (taken.Answers.Count == open.Count) return;
                open = [.. open.Skip(taken.Answers.Count)];
            }
        }
        catch (Exception failure)
        {
            foreach (var work in batch) work.Fail(failure);
        }
    }

    private Task<Taken> TakeAsync(string customerId, IReadOnlyList<Work> batch) => Attempts.UntilCommittedAsync(() => TryAsync(customerId, batch));

    private async Task<Taken?> TryAsync(string customerId, IReadOnlyList<Work> batch)
    {
        var program = _programs.Current.Model;
        var now = _clock.GetCurrentInstant();
        var session = new PartitionSession(_store, Keys.CustomerPartition(customerId));
        var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId: null, CancellationToken.None);
        var answers = new List<(Work, PointsAnswer)>();
        if (snapshot.Customer is not { } known)
            return new Taken([.. batch.Select(static work => (work, (PointsAnswer)new PointsAnswer.Refused(RefusalCode.NotFound)))]);
        if (known.Contact?.ErasedAt is not null)
            return new Taken([.. batch.Select(static work => (work, (PointsAnswer)new PointsAnswer.Refused(RefusalCode.CustomerErased)))]);
        if (known.RestrictedAt is not null)
            return new Taken([.. batch.Select(static work => (work, (PointsAnswer)new PointsAnswer.Refused(RefusalCode.CustomerRestricted)))]);
        if (known.MergedInto is not null)
            return new Taken([.. batch.Select(static work => (work, (PointsAnswer)new PointsAnswer.Refused(RefusalCode.NotFound)))]);
        var turn = new Turn(session, snapshot, program, now);
        foreach (var work in batch)
        {
            if (turn.Writes > WritesPerCommit - 10) break;
            answers.Add((work, await turn.PostAsync(work)));
        }

        if (turn.Occurrences.Count > 0 || turn.IsChanged) await RouteAsync(session, turn, now);
        if (!await session.CommitAsync()) return null;
        Remember(session, customerId);
        return new Taken(answers);
    }

    /// <summary>
    /// Decides from the customer as this process committed them last. Every posting of the batch is then a fresh entry, committed under that version, or none of
    /// this counts: a refusal, a repetition, and what reaches journeys are told from fresh reads only.
    /// </summary>
    /// <returns>null: to be decided from fresh reads.</returns>
    private async Task<Taken?> TryFromSeenAsync(string customerId, IReadOnlyList<Work> batch)
    {
        if (_seen.Find(customerId) is not { } seen) return null;
        foreach (var work in batch)
        {
            if (!work.ReadsNothing) return null;
        }

        var session = new PartitionSession(_store, Keys.CustomerPartition(customerId));
        session.Recall(Keys.CustomerId, seen.Customer, seen.ETag);
        var snapshot = new CustomerSnapshot { CustomerId = customerId, Customer = seen.Customer, Person = Unread, Wallets = seen.Customer.WalletStates };
        var turn = new Turn(session, snapshot, _programs.Current.Model, _clock.GetCurrentInstant());
        var answers = new List<(Work, PointsAnswer)>(batch.Count);
        foreach (var work in batch)
        {
            if (turn.Writes > WritesPerCommit - 10) break;
            answers.Add((work, await turn.PostAsync(work)));
            if (turn.Fresh != answers.Count || turn.Occurrences.Count > 0) return null;
        }

        CustomerDocuments.PutCustomer(session, turn.Snapshot.Customer!, turn.Program);
        if (!await session.CommitAsync())
        {
            _seen.Forget(customerId);
            return null;
        }

        Remember(session, customerId);
        return new Taken(answers);
    }

    private void Remember(PartitionSession session, string customerId)
    {
        if (session.Committed<CustomerState>(Keys.CustomerId) is { } committed && IsOpen(committed.Value)) _seen.Remember(customerId, new(committed.Value, committed.ETag));
    }

    private static bool IsOpen(CustomerState customer) => customer.Contact?.ErasedAt is null && customer.RestrictedAt is null && customer.MergedInto is null;

    /// <summary>What the postings made true (a tier, a badge) reaches the customer's journeys in the same commit.</summary>
    private async Task RouteAsync(PartitionSession session, Turn turn, Instant now)
    {
        var router = new JourneyRouter(session, _programs, turn.Snapshot, _settings, now);
        foreach (var occurrence in turn.Occurrences) await router.RouteAsync(occurrence, mayStart: true, CancellationToken.None);
        CustomerDocuments.PutCustomer(session, router.Customer, turn.Program);
        if (router.Announcements.IsEmpty) return;
        // The due scan tells it: nobody waits for these within the second.
        var markerId = Keys.TickMarker(now.ToUnixTimeMilliseconds());
        await session.ReadAsync<EventMarker>(markerId);
        session.Put(markerId, Kinds.Marker, new EventMarker { Type = EventMarker.Moments, AppliedAt = now, Open = router.Announcements }, now);
    }

    /// <summary>The customer while a batch is decided.</summary>
    private sealed class Turn(PartitionSession session, CustomerSnapshot snapshot, ProgramModel program, Instant now)
    {
        public CustomerSnapshot Snapshot { get; private set; } = snapshot;
        public ProgramModel Program => program;
        public List<Core.Journeys.Occurrence> Occurrences { get; } = [];
        public int Writes { get; private set; } = 4;
        public bool IsChanged { get; private set; }

        /// <summary>Postings that were made now, neither refused nor made before.</summary>
        public int Fresh { get; private set; }

        public async ValueTask<PointsAnswer> PostAsync(Work work)
        {
            try
            {
                if (work.Request is { } request && await request.FindAsync(session) is { } before) return before.Read<PointsAnswer.Done>();
            }
            catch (IdempotencyKeyReusedException)
            {
                return new PointsAnswer.Refused(RefusalCode.IdempotencyKeyReused);
            }

            var existing = await ExistingAsync(work);
            if (await work.Command(session, program) is not { } command) return new PointsAnswer.Refused(RefusalCode.NotFound);
            if (command is LedgerCommand.Restore restore) await RecallAsync(work.Wallet, restore.Redemption);
            return CustomerDecider.Post(Snapshot, work.Wallet, command, program, now, existing) switch
            {
                CustomerDecision.Applied applied => Keep(work, command, applied),
                CustomerDecision.Repeated repeated => Done(work, repeated.Entry, isRepeated: true),
                CustomerDecision.Refused refused => new PointsAnswer.Refused(refused.Code),
                _ => throw new InvalidOperationException("A decision of no known kind."),
            };
        }

        /// <summary>The entry that was posted under the key, by this customer or by one who was merged into them.</summary>
        private async ValueTask<LedgerEntry?> ExistingAsync(Work work)
        {
            // The first is the entry that is about to be made; the others came with people who were merged into this one.
            var isOwn = true;
            foreach (var entryId in WalletMerge.EntryIdsOf(Snapshot.Customer!, work.Wallet, work.Key))
            {
                var id = Keys.Entry(entryId);
                if (await (isOwn ? session.ReadNewAsync<LedgerEntry>(id) : session.ReadAsync<LedgerEntry>(id)) is { } entry) return entry;
                isOwn = false;
            }

            return null;
        }

        private async ValueTask RecallAsync(string wallet, RedemptionState redemption)
        {
            var lots = redemption.Parts.Select(static part => part.LotId);
            Snapshot = Snapshot with { Wallets = await CustomerDocuments.RecallAsync(session, Snapshot.Wallets, wallet, lots, CancellationToken.None) };
        }

        private PointsAnswer Keep(Work work, LedgerCommand command, CustomerDecision.Applied applied)
        {
            CustomerDocuments.Put(session, applied);
            Snapshot = CustomerDocuments.After(Snapshot, applied);
            Occurrences.AddRange(applied.Occurrences);
            Writes += applied.Entries.Length + applied.RetiredLots.Length + 1 + (work.Also is null ? 0 : PointsPosting.MostDocuments);
            IsChanged = true;
            Fresh++;
            var entry = applied.Entries.FirstOrDefault(one => one.Key == command.Key) ?? applied.Entries[^1];
            switch (command)
            {
                case LedgerCommand.Spend spend when RedemptionBook.NeedsDocument(applied.Entries, spend.Key):
                    PutRedemption(RedemptionState.Of(applied.Entries, spend.Key)!);
                    break;
                case LedgerCommand.Commit commit: PutRedemption(RedemptionState.Of(applied.Entries, commit.HoldId)!); break;
                case LedgerCommand.Restore restore: PutRedemption(restore.Redemption.AfterRestore(restore.Points)); break;
                default: break;
            }

            work.Also?.Invoke(session);
            return Done(work, entry, isRepeated: false);
        }

        private void PutRedemption(RedemptionState redemption) =>
            session.Put(Keys.Redemption(redemption.RedemptionId), Kinds.Redemption, redemption);

        private PointsAnswer.Done Done(Work work, LedgerEntry entry, bool isRepeated)
        {
            var balances = Snapshot.Wallets.FirstOrDefault(wallet => wallet.Name == work.Wallet)?.Balances ?? new WalletBalances();
            var done = new PointsAnswer.Done(entry.EntryId, entry.Type, entry.Points, balances.Available, balances.Pending, entry.PostedAt);
            if (!isRepeated) work.Request?.Remember(session, done, now);
            return done;
        }
    }

    private sealed record Taken(IReadOnlyList<(Work Work, PointsAnswer Answer)> Answers);

    private sealed record Work(
        string Wallet, Func<PartitionSession, ProgramModel, ValueTask<LedgerCommand?>> Command, string Key, IdempotentRequest? Request) : LaneWork<PointsAnswer>
    {
        public Action<PartitionSession>? Also { get; init; }

        /// <summary>Its command needs nothing but the customer.</summary>
        public bool ReadsNothing { get; init; }
    }
}

/// <summary>A posting that is decided in the customer's session.</summary>
/// <param name="Key">The business key of the command.</param>
/// <param name="Command">Makes the command from fresh reads; null: it is refused as <see cref="RefusalCode.NotFound"/>.</param>
/// <param name="Also">Puts documents into the same commit, once the ledger has agreed; at most <see cref="MostDocuments"/>, each read by <see cref="Command"/>.</param>
public sealed record PointsPosting(
    string Key, Func<PartitionSession, ProgramModel, ValueTask<LedgerCommand?>> Command, Action<PartitionSession>? Also = null)
{
    /// <summary>Documents beside the posting.</summary>
    public const int MostDocuments = 3;
}

/// <summary>What became of a posting; a closed set.</summary>
public abstract record PointsAnswer
{
    private PointsAnswer()
    {
    }

    /// <summary>It stands in the ledger, now or since before.</summary>
    /// <param name="EntryId">The entry.</param>
    /// <param name="Type">Its kind.</param>
    /// <param name="Points">Its points.</param>
    /// <param name="Available">Usable points after it; of a repeated request, as answered the first time where that is kept.</param>
    /// <param name="Pending">Points not usable yet.</param>
    /// <param name="At">When it was posted.</param>
    public sealed record Done(string EntryId, EntryType Type, long Points, long Available, long Pending, Instant At) : PointsAnswer;

    /// <summary>Nothing is posted.</summary>
    public sealed record Refused(RefusalCode Code) : PointsAnswer;
}
