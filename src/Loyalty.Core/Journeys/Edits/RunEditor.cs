using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Core.Journeys.Edits;

/// <summary>What an edit may look at besides the plan.</summary>
/// <param name="Attributes">The customer and program.</param>
/// <param name="Zone">The customer's zone, else the program's.</param>
/// <param name="Now">The clock.</param>
/// <param name="SpreadOver">Those whose moment an edit has put into the past go on spread over this long; null: at once.</param>
public sealed record EditContext(IAttributeSource Attributes, DateTimeZone Zone, Instant Now, Duration? SpreadOver);

/// <summary>A run after an edit.</summary>
/// <param name="Document">To be committed under the ETag of the one that was edited.</param>
/// <param name="Landing">Where the run went; null: it had not begun, or is held out.</param>
/// <param name="IsDueNow">The edit has put its moment into the past: it goes on at once, or within the spread.</param>
public sealed record EditedRun(RunDocument Document, StepLanding? Landing, bool IsDueNow);

/// <summary>Brings a run from one version of its journey to another. Pure; the run's effects keep their keys, so nothing is done twice.</summary>
public static class RunEditor
{
    /// <summary>Follows an edit.</summary>
    /// <param name="document">A run on <see cref="EditPlan.From"/> that is not finished.</param>
    /// <param name="plan">Made with <see cref="EditPlan.Make"/>; a run at a step without landing stays on its version.</param>
    /// <param name="context">Customer and clock.</param>
    /// <param name="settings">The protocol's times.</param>
    /// <returns>null: the run has nowhere to go.</returns>
    public static EditedRun? Follow(RunDocument document, EditPlan plan, EditContext context, RunProtocolSettings settings)
    {
        var run = document.Run;
        var landing = run.Position is { } position && !run.IsHeldOut ? plan.LandingOf(position.Step) : null;
        if (landing is StepLanding.Nowhere) return null;
        var moved = new Mover(document, plan, context.Now).Move(landing);
        var (placed, isDueNow) = Place(moved.Run, document.Run.Position, landing, plan.To, context);
        var line = new RunLogLine(
            context.Now,
            placed.Position?.Step ?? "",
            "edited",
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"version {run.Version} to {plan.To.Version}{(landing is null ? "" : $": {run.Position!.Step} {landing.Describe()}")}{(isDueNow ? $", due {placed.Position!.DueAt}" : "")}"));
        var next = moved with { Run = placed, Log = RunProtocol.Kept(document.Log.Add(line)) };
        return new EditedRun(RunEdits.Settle(document, next, context.Now, settings), landing, isDueNow);
    }

    /// <summary>The next moment in the new version; what lies in the past comes now, or within the spread.</summary>
    private static (RunState Run, bool IsDueNow) Place(RunState run, RunPosition? before, StepLanding? landing, JourneyDefinition to, EditContext context)
    {
        if (run.Position is not { } position || (position.DueAt is null && position.Then is null)) return (run, false);
        // A message that is made anew was on its way already.
        if (landing is StepLanding.Same && position.Then is not null) return (run, false);
        var due = JourneyMachine.DueAt(new TurnInput(to, run, [], context.Attributes, context.Zone, context.Now)) ?? context.Now;
        var wasDue = before?.DueAt is { } old && old <= context.Now;
        if (due > context.Now || (wasDue && position.Then is null)) return (run with { Position = position with { DueAt = due } }, false);
        var spread = context.SpreadOver is { } over
            ? Duration.FromSeconds(Math.Floor(over.TotalSeconds * Hashing.Draw("edit", run.RunId, position.Step)))
            : Duration.Zero;
        var at = context.Now + spread;
        return (run with { Position = position with { DueAt = at, NotBefore = at } }, true);
    }

    /// <summary>Records, outbox and inbox under the names of the new version.</summary>
    private sealed class Mover(RunDocument document, EditPlan plan, Instant now)
    {
        private StepRecordDictionary _steps = StepRecordDictionary.Empty;
        private StepRecordDictionary _former = StepRecordDictionary.Empty;

        public RunDocument Move(StepLanding? landing)
        {
            foreach (var (name, record) in document.Run.Steps) Keep(plan.From.IdOf(name), record);
            foreach (var (id, record) in document.Run.Former) Keep(id, record);
            ImmutableArray<OutboxItem> outbox = [.. document.Outbox.Select(Renamed)];
            ImmutableArray<RunSignal> inbox = [.. document.Inbox.Select(Renamed)];
            var position = Position(landing, ref outbox);
            var run = document.Run with { Version = plan.To.Version, Position = position, Steps = _steps, Former = _former };
            return document with { Run = run, Outbox = outbox, Inbox = inbox };
        }

        private void Keep(string id, StepRecord record)
        {
            if (plan.NamesById.TryGetValue(id, out var name)) _steps = _steps.SetItem(name, record);
            else _former = _former.SetItem(id, record);
        }

        private RunPosition? Position(StepLanding? landing, ref ImmutableArray<OutboxItem> outbox)
        {
            var position = document.Run.Position;
            switch (landing)
            {
                case StepLanding.Same same:
                    return Remade(same.Step, ref outbox) ?? (position! with { Step = same.Step });
                case StepLanding.Begin begin: return new RunPosition(begin.Step, 1, now, now) { Then = PositionMove.Begin };
                case StepLanding.After after: return new RunPosition(after.Step, 1, now, now) { Then = PositionMove.After };
                default: return position;
            }
        }

        /// <summary>A message that the edit has changed and that nobody has handed over yet is made anew, under the same key.</summary>
        private RunPosition? Remade(string name, ref ImmutableArray<OutboxItem> outbox)
        {
            var position = document.Run.Position!;
            if (plan.From.Index.Find(position.Step)?.Step is not JourneyStep.Send old || plan.To.Index.Find(name)?.Step is not JourneyStep.Send next) return null;
            if (IsSameMessage(old, next) || outbox.FirstOrDefault(item => item.Effect.Step == name && item.Effect.Visit == position.Visit) is not { State: OutboxState.Open } item) return null;
            outbox = outbox.Remove(item);
            _steps = position.Visit <= 1 ? _steps.Remove(name) : _steps.SetItem(name, _steps[name] with { Visits = position.Visit - 1, EndedAt = now });
            return new RunPosition(name, position.Visit, now, now) { Then = PositionMove.Begin };
        }

        private static bool IsSameMessage(JourneyStep.Send old, JourneyStep.Send next) =>
            old.Template == next.Template && old.Topic == next.Topic && old.IsTransactional == next.IsTransactional
            && old.With.Select(static pair => (pair.Key, pair.Value.Text)).SequenceEqual(next.With.Select(static pair => (pair.Key, pair.Value.Text)));

        /// <summary>The name changes, the key does not. A message of a removed step that nobody has handed over yet is withdrawn.</summary>
        private OutboxItem Renamed(OutboxItem item)
        {
            var id = item.Effect.KeyStep;
            if (plan.NamesById.TryGetValue(id, out var name)) return item with { Effect = item.Effect with { Step = name, StepId = id == name ? null : id } };
            var effect = item.Effect with { StepId = id == item.Effect.Step ? null : id };
            return item.State == OutboxState.Open
                ? item with { Effect = effect, State = OutboxState.Settled, Result = StepResults.Withheld, Reason = StepRemoved, SettledAt = now }
                : item with { Effect = effect };
        }

        private RunSignal Renamed(RunSignal signal) =>
            signal is RunSignal.StepSettled settled && plan.NamesById.TryGetValue(plan.From.IdOf(settled.Step), out var name)
                ? settled with { Step = name }
                : signal;
    }

    /// <summary>Why a message did not go: an edit has removed its step before it went.</summary>
    public const string StepRemoved = Contact.WithholdReasons.StepRemoved;
}
