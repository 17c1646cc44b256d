using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Core.Privacy;

/// <summary>What stays of a person who is erased: the books and the counts, under an id that leads to nobody.</summary>
public static class ErasedPerson
{
    /// <summary>
    /// The record: id, age, wallets, stage and the people it absorbed. Names, facts, consents, orders' sums, carts, assets, tiers, journeys are gone. Wallets stay
    /// to the point, for the ledger's entries stay; nothing in them becomes due any more, so their sums stay as they are.
    /// </summary>
    public static CustomerState Of(CustomerState customer, Instant now) => new()
    {
        CustomerId = customer.CustomerId,
        CreatedAt = customer.CreatedAt,
        KnownSince = customer.KnownSince,
        Stage = customer.Stage,
        Absorbed = customer.Absorbed,
        WalletStates = customer.WalletStates,
        Wallets = [.. customer.Wallets.Select(static wallet => wallet with { NextMoment = null, NextExpiryAt = null, NextExpiryPoints = 0 })],
        Contact = new ContactState { ErasedAt = customer.Contact?.ErasedAt ?? now },
    };

    /// <summary>
    /// A run: which journey and version, when it began, how it ended; a live one ends now, as <see cref="RunOutcomes.Erased"/>. What it saw, said and has
    /// in hand is gone; the generation counts on, so that no hand that still has it can change it.
    /// </summary>
    public static RunDocument Of(RunDocument document, Instant now)
    {
        var run = document.Run;
        return new RunDocument
        {
            Gen = document.Gen + 1,
            Status = RunStatus.Finished,
            Run = new RunState
            {
                RunId = run.RunId,
                CustomerId = run.CustomerId,
                Journey = run.Journey,
                Version = run.Version,
                KeyValue = RunOutcomes.Erased,
                Entry = new Occurrence(RunOutcomes.Erased, run.Entry.Type, run.Entry.At, ImmutableDictionary<string, AttributeValue>.Empty),
                EnteredAt = run.EnteredAt,
                IsHeldOut = run.IsHeldOut,
                IsUnmeasured = run.IsUnmeasured,
                GoalAt = run.GoalAt,
                Outcome = run.Outcome ?? RunOutcomes.Erased,
                EndedAt = run.EndedAt ?? now,
            },
        };
    }

    /// <summary>Whether a run's document is already what <see cref="Of(RunDocument, Instant)"/> makes of it.</summary>
    public static bool Is(RunDocument document) =>
        document.Status == RunStatus.Finished && document.Run.Entry.Id == RunOutcomes.Erased && document.Run.Entry.Attributes.IsEmpty && document.Log.IsEmpty;
}
