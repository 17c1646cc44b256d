using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs.Flow;

/// <content>Where values are used: formulas of points and what is handed to messages, tasks, webhooks, events and journeys.</content>
internal sealed partial class UnsetCheck
{
    /// <summary>Attributes that every customer has.</summary>
    private static readonly ImmutableHashSet<string> Certain = Proof.Nothing.Union(
    [
        "customer.id", "customer.locale", "customer.zone", "customer.stage", "customer.points", "customer.points-pending", "customer.next-expiry-points",
        "customer.orders", "customer.spend", "customer.created-at", "customer.tags", "customer.email",
    ]);

    private void Uses(JourneyStep step, UnsetState state)
    {
        switch (step)
        {
            case JourneyStep.Send send:
                Message(send, state.SeenBy(send.IfLate));
                break;
            case JourneyStep.Award award:
                foreach (var path in Open(award.Points, state.SeenBy(award.IfLate)))
                    Tell(_loaded.Place(step.Name, "award"), path, "the points cannot be reckoned then", isError: IsCertain(path));
                break;
            case JourneyStep.HumanTask task: Handed(step, task.With, state.SeenBy(task.IfLate)); break;
            case JourneyStep.Webhook webhook: Handed(step, webhook.With, state.OnTime()); break;
            case JourneyStep.Emit emit: Handed(step, emit.With, state.OnTime()); break;
            case JourneyStep.Start start: Handed(step, start.With, state.OnTime()); break;
        }
    }

    /// <summary>What a message shows: a template that tests the value itself may be given one that is unset.</summary>
    private void Message(JourneyStep.Send send, UnsetState state)
    {
        if (!_context.Templates.TryGetValue(send.Template, out var template)) return;
        foreach (var (name, formula) in send.With)
        {
            if (template.Variables.FirstOrDefault(v => v.Path == name && !v.IsTested) is not { } shown) continue;
            foreach (var path in Open(formula, state))
                Tell(_loaded.Place(send.Name, "with", name), path, $"{shown.Place} shows it all the same", isError: IsCertain(path));
        }

        foreach (var shown in template.Variables.Where(static v => !v.IsTested && v.Path.Contains('.', StringComparison.Ordinal)))
        {
            if (!state.IsSet(shown.Path) && IsOptional(shown.Path) && _context.Attributes.Find(shown.Path) is not null)
                Tell(_loaded.Place(send.Name, "send"), shown.Path, $"{shown.Place} shows it all the same", isError: false);
        }
    }

    /// <summary>What gives nothing is left out there: that may be meant, so it is no error.</summary>
    private void Handed(JourneyStep step, ImmutableSortedDictionary<string, Condition> with, UnsetState state)
    {
        foreach (var (name, formula) in with)
        {
            foreach (var path in Open(formula, state).Where(IsOfRun))
                Tell(_loaded.Place(step.Name, "with", name), path, $"'{name}' is left out then", isError: false);
        }
    }

    private IEnumerable<string> Open(Condition formula, UnsetState state) =>
        Proof.Needs(formula.Expression).Distinct(StringComparer.Ordinal).Where(path => !state.IsSet(path) && (IsOfRun(path) ? IsKnown(path) : IsOptional(path)));

    private static bool IsOfRun(string path) =>
        path.StartsWith("steps.", StringComparison.Ordinal) || path.StartsWith("event.", StringComparison.Ordinal) || path.StartsWith("entry.", StringComparison.Ordinal);

    /// <summary>What an endpoint promises to answer may be missing all the same: that it is not tested may be meant.</summary>
    private static bool IsCertain(string path) => IsOfRun(path) && path.Split('.') is not ["steps", _, "reply", ..];

    /// <summary>A step that could not be read was reported where it stands.</summary>
    private bool IsKnown(string path) => !path.StartsWith("steps.", StringComparison.Ordinal) || _journey.Index.Find(path.Split('.')[1]) is not null;

    private bool IsOptional(string path) =>
        (path.StartsWith("customer.", StringComparison.Ordinal) || path.StartsWith("asset.", StringComparison.Ordinal))
        && !Certain.Contains(path) && path is not ("asset.id" or "asset.kind" or "asset.is-held")
        && !(path.StartsWith("customer.measures.", StringComparison.Ordinal) && _context.Attributes.Find(path)?.Type is AttributeType.Number or AttributeType.Money);

    private void Tell(SourceNode place, string path, string consequence, bool isError)
    {
        if (!_told.Add((place, path))) return;
        var message = $"'{path}' can be unset here: {consequence}";
        var remedy = $"use it in a case with when: {path} is set, or where it is always set"
            + (path.StartsWith("customer.", StringComparison.Ordinal) ? "; in a template, show it inside {{#if …}}" : "")
            + (SkippedWhenLate(path) is { } step ? $"; if it is only unset where '{step}' comes too late, write if-late: send there" : "");
        if (isError) _loaded.File.Error(place, FindingCodes.MayBeUnset, message, remedy);
        else _loaded.File.Warning(place, FindingCodes.MayBeUnset, message, remedy);
    }

    /// <summary>The step whose value this is, if lateness can skip it.</summary>
    private string? SkippedWhenLate(string path)
    {
        if (path.Split('.') is not ["steps", var name, ..]) return null;
        var rule = _journey.Index.Find(name)?.Step switch
        {
            JourneyStep.Award award => award.IfLate,
            JourneyStep.Offer offer => offer.IfLate,
            JourneyStep.HumanTask task => task.IfLate,
            _ => null,
        };
        return rule is null or { Action: LateAction.Send } ? null : name;
    }
}
