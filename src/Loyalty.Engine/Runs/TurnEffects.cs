using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Work;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>Writes what a turn wants done in the customer's own partition into the session of the turn: one batch with the turn itself.</summary>
internal sealed class TurnEffects(
    PartitionSession session, CustomerState customer, PersonState? person, JourneyDefinition definition, LiveProgram program, Instant now)
{
    private readonly CustomerState _before = customer;

    /// <summary>The customer after the effects so far.</summary>
    public CustomerState Customer { get; private set; } = customer;

    /// <summary>Names and addresses; null: none.</summary>
    public PersonState? Person { get; private set; } = person;

    /// <summary>The customer as they are to be written; null: nothing has changed them.</summary>
    public CustomerState? Changed => ReferenceEquals(Customer, _before) ? null : Customer;

    /// <summary>Applies all effects of a turn, if nothing has to be read for any of them and none reaches another journey; false: nothing is applied.</summary>
    public bool TryApply(TurnOutcome.Turned turned)
    {
        var (run, effects) = (turned.Document, turned.Effects);
        foreach (var effect in effects)
        {
            if (effect is RunEffect.Revoke or RunEffect.OpenTask or RunEffect.CloseTask or RunEffect.VoidCode or RunEffect.Emit or RunEffect.Start) return false;
        }

        if (!run.Outbox.IsEmpty && run.Outbox.Any(static item => item.IsSettled)) return false;
        foreach (var effect in effects) Apply(run.Run.RunId, effect);
        EndIfFinished(run.Run);
        return true;
    }

    /// <summary>Everything but what reaches other journeys (<see cref="RunEffect.Emit"/>, <see cref="RunEffect.Start"/>) and the outbox.</summary>
    public async ValueTask ApplyAsync(TurnOutcome.Turned turned, CancellationToken cancellation)
    {
        var (run, effects) = (turned.Document, turned.Effects);
        var runId = run.Run.RunId;
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case RunEffect.Revoke revoke: await RevokeAsync(runId, revoke, cancellation); break;
                case RunEffect.OpenTask open: await TaskDocuments.OpenAsync(session, runId, definition, Customer.CustomerId, open, now, cancellation); break;
                case RunEffect.CloseTask close: await TaskDocuments.CloseAsync(session, runId, close, now, cancellation); break;
                case RunEffect.VoidCode code: await VoidAsync(runId, code, cancellation); break;
                default: Apply(runId, effect); break;
            }
        }

        // Messages that the turn has taken back before they went.
        if (run.Outbox.Any(static item => item.IsSettled)) Customer = await MessageEnds.NoteAsync(session, run, before: null, Customer, now, cancellation);
        EndIfFinished(run.Run);
    }

    /// <summary>What other journeys made of the customer.</summary>
    public void Became(CustomerState customer) => Customer = customer;

    private void Apply(string runId, RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.Award award: Award(runId, award); break;
            case RunEffect.Set set: Customer = CustomerChanges.Apply(Customer, set.Changes, now); break;
            case RunEffect.Drawn drawn: Customer = KeptDraws.Keep(Customer, definition.DrawSalt, drawn.KeyStep, drawn.Arm); break;
            default: break;
        }
    }

    private void EndIfFinished(RunState run)
    {
        if (!run.IsFinished) return;
        Customer = CustomerJournal.End(Customer, run.RunId, run.EndedAt ?? now);
        Customer = GoalJournal.Note(Customer, run, definition, CustomerMoments.ZoneOf(Customer, program.Model));
    }

    private static string AwardKey(string runId, string step, int visit) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"award|{runId}|{step}|{visit}");

    /// <summary>What the ledger would refuse, so that the journey goes on as after a refusal instead of believing in points that were never posted.</summary>
    public static Func<RunEffect.Award, string?> Refusal(CustomerState customer, PersonState? person, LiveProgram program, Instant now) => award =>
        CustomerDecider.Post(CustomerDocuments.Of(customer, person), award.Wallet, Command(award, "", now), program.Model, now) is CustomerDecision.Refused refused
            ? Refusals.RefusalTable.Name(refused.Code)
            : null;

    private static LedgerCommand.Grant Command(RunEffect.Award award, string runId, Instant now, int? version = null)
    {
        var cause = new EntryCause { RunId = runId, RuleVersion = version, Reason = award.Reason ?? award.Step, Inputs = award.Inputs };
        return new LedgerCommand.Grant(AwardKey(runId, award.KeyStep, award.Visit), award.Points, now, award.ExpiresAt, cause);
    }

    private void Award(string runId, RunEffect.Award award)
    {
        if (!Post(award.Wallet, Command(award, runId, now, definition.Version)))
            throw new InvalidOperationException($"Award {award.Step} of run {runId} was decided and then refused.");
    }

    /// <summary>Reverses the whole award; what the wallet's policy cannot take stays a claim.</summary>
    private async Task RevokeAsync(string runId, RunEffect.Revoke revoke, CancellationToken cancellation)
    {
        var award = AwardKey(runId, revoke.KeyStep, revoke.Visit);
        var entry = Keys.Entry(LedgerDecider.EntryIdOf(Customer.CustomerId, revoke.Wallet, award));
        if (await session.ReadAsync<LedgerEntry>(entry, cancellation) is not { } grant) return;
        var lot = LedgerCommand.LotIdOf(Customer.CustomerId, revoke.Wallet, award);
        var cause = new EntryCause { RunId = runId, RuleVersion = definition.Version, Reason = "revoked: " + revoke.Step };
        var key = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"revoke|{runId}|{revoke.KeyStep}|{revoke.Visit}");
        Post(revoke.Wallet, new LedgerCommand.Reverse(key, grant.Points, [lot], cause));
    }

    private bool Post(string wallet, LedgerCommand command)
    {
        if (CustomerDecider.Post(CustomerDocuments.Of(Customer, Person), wallet, command, program.Model, now) is not CustomerDecision.Applied applied) return false;
        CustomerDocuments.Put(session, applied);
        (Customer, Person) = (applied.Customer, applied.Person ?? Person);
        return true;
    }

    private async Task VoidAsync(string runId, RunEffect.VoidCode code, CancellationToken cancellation)
    {
        var id = Keys.Code(runId, code.KeyStep, code.Visit);
        // A code that is not made yet is never made: what would make it finds this note.
        var known = await session.ReadAsync<CustomerCode>(id, cancellation)
            ?? new CustomerCode { Code = "", Offer = "", RunId = runId, Step = code.KeyStep, Visit = code.Visit, IssuedAt = now };
        if (known.VoidedAt is null) session.Put(id, Kinds.Code, known with { VoidedAt = now });
    }
}
