using System.Text.Json.Serialization;
using Loyalty.Core.Customers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// Once a day (UTC): everybody who has done nothing for as long as the setting says is erased, as if they had asked for it. Page by page; a call does a bounded
/// part of it and the next goes on, on whatever instance.
/// </summary>
/// <remarks>
/// Kept all the same: whoever has points (they are worth something; let them expire first), is restricted (kept because they asked for that), or is being merged.
/// Activity is what the person did (<see cref="CustomerState.LastActivityAt"/>: came, filled a cart, ordered, answered), signed up for or decided about consent; and
/// nobody counts as inactive for longer than this program has known of them, so an import of old history is not erased the day after.
/// </remarks>
public sealed class RetentionPass(IDocumentStore store, EraseUseCase erasures, AuditLog audit, RetentionRules rules, IClock clock)
{
    /// <summary>The id of <see cref="RetentionPassState"/>, in the partition <see cref="Keys.PrivacyPartition"/>.</summary>
    public const string StateId = "retention-pass";

    /// <summary>Who erases, in the audit log and the erasure's record.</summary>
    public const string Cause = "retention";

    private const int PageSize = 100;

    /// <summary>Pages that one call reads.</summary>
    private const int MostPages = 500;

    /// <summary>People whom one call erases.</summary>
    private const int MostErasures = 500;

    /// <summary>Whether there is anything to enforce here.</summary>
    public bool IsOn => rules.Inactive is not null;

    /// <summary>Does a part of today's pass.</summary>
    /// <returns>How far it is; null: there is nothing to enforce.</returns>
    public async Task<RetentionPassState?> AdvanceAsync(CancellationToken cancellation = default)
    {
        if (rules.Inactive is not { } keep) return null;
        var today = clock.GetCurrentInstant().InUtc().Date;
        var (state, etag) = await ReadAsync(cancellation);
        if (state is null || state.Day != today) state = new RetentionPassState { Day = today };
        if (state.IsDone) return state;
        state = state with { IsNews = true };
        var ranges = await store.GetFeedRangesAsync(cancellation);
        var erased = 0;
        for (var pages = 0; pages < MostPages && erased < MostErasures && state.Range < ranges.Count; pages++)
        {
            var page = await store.ScanKindAsync(ranges[state.Range], Kinds.Customer, PageSize, state.Continuation, cancellation);
            var left = MostErasures - erased;
            var due = page.Items.Select(static one => LoyaltyJson.Read<CustomerState>(one.Body.Span)).Where(one => Inactivity.Of(one, keep, clock.GetCurrentInstant()) == InactivityVerdict.Goes).ToList();
            foreach (var customer in due.Take(left)) erased += await EraseAsync(customer.CustomerId, keep, cancellation) ? 1 : 0;
            // Of a page with more than that the rest is looked at again: whoever is erased is not found twice.
            if (due.Count > left) break;
            state = state with { Continuation = page.Continuation, Range = page.Continuation is null ? state.Range + 1 : state.Range, Seen = state.Seen + page.Items.Count };
        }

        state = state with { Erased = state.Erased + erased, IsDone = state.Range >= ranges.Count };
        // Refused: another instance has done the same part. Nobody is erased twice.
        var body = LoyaltyJson.Write(state);
        await store.CommitAsync(
            Keys.PrivacyPartition, [etag is null ? new DocumentWrite.Create(StateId, Kinds.RetentionPass, body) : new DocumentWrite.Replace(StateId, etag, Kinds.RetentionPass, body)], cancellation);
        return state;
    }

    /// <summary>Today's pass as it is stored; null: there was none yet.</summary>
    public async Task<RetentionPassState?> FindAsync(CancellationToken cancellation = default) => (await ReadAsync(cancellation)).State;

    /// <returns>False: they have done something since the page was read, and stay.</returns>
    private async Task<bool> EraseAsync(string customerId, Duration keep, CancellationToken cancellation)
    {
        // A page takes as long as a hundred erasures do: whoever has come back meanwhile is no longer meant.
        if (await store.FindCustomerAsync(customerId, cancellation) is not { } customer || Inactivity.Of(customer, keep, clock.GetCurrentInstant()) != InactivityVerdict.Goes) return false;
        // The log names whom to erase again when an older copy of the store is put back.
        await audit.AppendAsync(Cause, "EraseCustomer", customerId, trace: null, cancellation);
        if (await erasures.EraseInactiveAsync(customerId, Cause, keep, cancellation) is not null) return true;
        // Between the two lines: the second takes the first back.
        await audit.AppendAsync(Cause, "KeepCustomer", customerId, trace: null, cancellation);
        return false;
    }

    private async Task<(RetentionPassState? State, string? ETag)> ReadAsync(CancellationToken cancellation) =>
        await store.ReadAsync(Keys.PrivacyPartition, StateId, cancellation) is { } document
            ? (LoyaltyJson.Read<RetentionPassState>(document.Body.Span), document.ETag)
            : (null, null);
}

/// <summary>How far a day's pass is.</summary>
public sealed record RetentionPassState
{
    /// <summary>Which day's (UTC).</summary>
    public required LocalDate Day { get; init; }

    /// <summary>The feed range it is in.</summary>
    public int Range { get; init; }

    /// <summary>Where it goes on in the range; null: at its beginning.</summary>
    public string? Continuation { get; init; }

    /// <summary>People who were looked at.</summary>
    public int Seen { get; init; }

    /// <summary>People whose erasure was begun.</summary>
    public int Erased { get; init; }

    /// <summary>Everybody was looked at.</summary>
    public bool IsDone { get; init; }

    /// <summary>This call did a part of it; not stored.</summary>
    [JsonIgnore]
    public bool IsNews { get; init; }
}
