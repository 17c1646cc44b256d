using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Functions.Http;

/// <summary>A customer on the wire (docs/reference/http.md).</summary>
public sealed record CustomerView
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Locale { get; init; }
    public required string Zone { get; init; }
    public required CustomerStage Stage { get; init; }
    public required int Orders { get; init; }
    public required long SpendMinor { get; init; }
    public required string Currency { get; init; }
    public Instant? SignedUpAt { get; init; }
    public Instant? LastOrderAt { get; init; }
    public Instant? NextMomentAt { get; init; }
    public required ImmutableArray<TopicConsent> Consents { get; init; }

    /// <summary>Since when the person's data may only be stored; null: it is not restricted.</summary>
    public Instant? RestrictedAt { get; init; }
    public required ImmutableArray<string> Identifiers { get; init; }
    public required ImmutableArray<WalletSummary> Points { get; init; }

    /// <summary>The latest orders that earned nothing, and why, for people to read.</summary>
    public ImmutableArray<string> Unearned { get; init; } = [];
    public required ImmutableArray<LiveRun> Runs { get; init; }

    /// <summary>The tier and what is missing to the next; null: the program has no tiers.</summary>
    public Core.Tiers.TierOutlook? Tier { get; init; }

    /// <summary>Badges, challenges and streaks; null: the program has none.</summary>
    public ImmutableArray<Core.Games.GameOutlook>? Games { get; init; }

    public static CustomerView Of(CustomerSnapshot snapshot, ProgramModel program, Instant now)
    {
        var customer = snapshot.Customer!;
        return new CustomerView
        {
            Id = customer.CustomerId,
            Name = CustomerAttributes.Lookup(snapshot, program)("customer.name") is Core.AttributeValue.Text name ? name.Value : null,
            Email = snapshot.Person?.Email?.Value,
            Phone = snapshot.Person?.Phone?.Value,
            Locale = customer.Profile.Locale?.Value,
            Zone = CustomerMoments.ZoneOf(customer, program).Id,
            Stage = customer.Stage,
            Orders = customer.Purchases.Count,
            SpendMinor = customer.Purchases.SpendIn(program.Currency),
            Currency = program.Currency,
            SignedUpAt = customer.SignedUpAt,
            LastOrderAt = customer.Purchases.LastAt,
            NextMomentAt = CustomerMoments.Next(customer, program),
            Consents = customer.Consents,
            RestrictedAt = customer.RestrictedAt,
            Identifiers = customer.Identifiers,
            Points = customer.Wallets,
            Unearned = [.. customer.Unearned.Select(static order => order.ToString())],
            Runs = customer.Runs,
            Tier = Me.Standing.Tier(customer, program, now),
            Games = Me.Standing.Games(customer, program, now),
        };
    }
}

/// <summary>A customer's points on the wire.</summary>
public sealed record PointsView(ImmutableArray<WalletView> Wallets)
{
    public static PointsView Of(CustomerSnapshot snapshot) => new([.. snapshot.Wallets.Select(static wallet => new WalletView(
        wallet.Name, wallet.Balances, wallet.NextMoment, [.. wallet.Lots.Where(static lot => !lot.IsEnded)]))]);
}

/// <summary>One wallet: its balances, its next moment, its open lots.</summary>
public sealed record WalletView(string Name, WalletBalances Balances, Instant? NextMomentAt, ImmutableArray<LotState> Lots);

/// <summary>A run on the wire: where it is, until when, and why.</summary>
public sealed record RunView
{
    public required string RunId { get; init; }
    public required string CustomerId { get; init; }
    public required string Journey { get; init; }
    public required int Version { get; init; }
    public required RunStatus Status { get; init; }
    public required Instant EnteredAt { get; init; }
    public string? Step { get; init; }
    public Instant? WaitsUntil { get; init; }
    public Instant? WakeAt { get; init; }
    public required bool IsHeldOut { get; init; }
    public Instant? GoalAt { get; init; }
    public string? Outcome { get; init; }
    public Instant? EndedAt { get; init; }
    public required ImmutableArray<OutboxItem> OpenItems { get; init; }

    /// <summary>Messages among them, each with why it waits, in words.</summary>
    public ImmutableArray<WaitingView> Waiting { get; init; } = [];
    public required ImmutableList<RunLogLine> Log { get; init; }

    /// <param name="document">The run.</param>
    /// <param name="isPaused">Its journey is paused.</param>
    /// <param name="isRestricted">The person's data may only be stored.</param>
    public static RunView Of(RunDocument document, bool isPaused = false, bool isRestricted = false)
    {
        var waiting = WaitingView.Of(document, isPaused, isRestricted);
        return new()
        {
            RunId = document.Run.RunId,
            CustomerId = document.Run.CustomerId,
            Journey = document.Run.Journey,
            Version = document.Run.Version,
            Status = document.Status,
            EnteredAt = document.Run.EnteredAt,
            Step = document.Run.Position?.Step,
            WaitsUntil = document.Run.Position is { } at ? at.DueAt ?? Nearest(document, waiting) : null,
            WakeAt = document.WakeAt,
            IsHeldOut = document.Run.IsHeldOut,
            GoalAt = document.Run.GoalAt,
            Outcome = document.Run.Outcome,
            EndedAt = document.Run.EndedAt,
            OpenItems = document.Outbox.RemoveAll(static item => item.IsSettled),
            Waiting = waiting,
            Log = document.Log,
        };
    }

    /// <summary>A step that waits for what is outside: when that is tried next; null: now, or when what holds it is lifted.</summary>
    private static Instant? Nearest(RunDocument document, ImmutableArray<WaitingView> waiting) => waiting.Select(static one => one.Until)
        .Concat(document.Outbox.Where(static item => item is { IsSettled: false, Effect: not RunEffect.Send }).Select(static item => item.NotBefore)).Min();
}
