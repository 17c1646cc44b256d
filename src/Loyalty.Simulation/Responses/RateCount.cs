using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Engine.State;

namespace Loyalty.Simulation.Responses;

/// <summary>Counts messages and what people did because of them, template by template.</summary>
internal sealed class RateCount
{
    /// <summary>Below so many messages a template says nothing of its own.</summary>
    private const int Enough = 30;

    private readonly SortedDictionary<string, Counts> _templates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _templateOfStep = new(StringComparer.Ordinal);

    public void Add(MessageRecord message)
    {
        if (message.Result != StepResults.Sent) return;
        Of(message.Template).Sent++;
        _templateOfStep[message.RunId + "/" + message.Step] = message.Template;
    }

    /// <summary>True: the event is a response to a message; it is counted.</summary>
    public bool Add(CanonicalEvent e)
    {
        if (e.Data is not EventData.Facts facts) return false;
        var isMessage = e.Type.StartsWith("message.", StringComparison.Ordinal);
        if (Template(facts) is not { } template) return isMessage;
        var counts = Of(template);
        switch (e.Type)
        {
            case EventTypes.MessageOpened: counts.Opened++; break;
            case EventTypes.MessageClicked: counts.Clicked++; break;
            case EventTypes.MessageUnsubscribed or EventTypes.MessageComplained: counts.Unsubscribed++; break;
            case EventTypes.FeedbackGiven: counts.Answered++; break;
            default:
                if (isMessage) return true;
                counts.Acted++;
                break;
        }

        return true;
    }

    public ResponseRates ToRates()
    {
        var all = new Counts();
        foreach (var counts in _templates.Values) all.Add(counts);
        if (all.Sent < Enough) return new ResponseRates { Default = new ResponseRate { Buy = 0 }, Origin = "declared defaults (the history has too few messages)" };
        return new ResponseRates
        {
            Default = all.ToRate(),
            Templates = _templates.Where(static one => one.Value.Sent >= Enough)
                .ToImmutableSortedDictionary(static one => one.Key, static one => one.Value.ToRate(), StringComparer.Ordinal),
            Origin = $"the history's own rates, from {all.Sent:N0} messages",
        };
    }

    private string? Template(EventData.Facts facts)
    {
        if (facts.Values.GetValueOrDefault("template") is AttributeValue.Text template) return template.Value;
        if (facts.Values.GetValueOrDefault("run") is AttributeValue.Text run && facts.Values.GetValueOrDefault("step") is AttributeValue.Text step)
            return _templateOfStep.GetValueOrDefault(run.Value + "/" + step.Value);
        // Feedback says in "about" what it answers.
        return facts.Values.GetValueOrDefault("about") is AttributeValue.Text about && _templates.ContainsKey(about.Value) ? about.Value : null;
    }

    private Counts Of(string template)
    {
        if (!_templates.TryGetValue(template, out var counts)) _templates[template] = counts = new Counts();
        return counts;
    }

    private sealed class Counts
    {
        public long Sent { get; set; }
        public long Opened { get; set; }
        public long Clicked { get; set; }
        public long Answered { get; set; }
        public long Acted { get; set; }
        public long Unsubscribed { get; set; }

        public void Add(Counts other)
        {
            Sent += other.Sent;
            Opened += other.Opened;
            Clicked += other.Clicked;
            Answered += other.Answered;
            Acted += other.Acted;
            Unsubscribed += other.Unsubscribed;
        }

        /// <summary>Purchases are the history's own: none is added.</summary>
        public ResponseRate ToRate() => new()
        {
            Open = Share(Opened),
            Click = Share(Clicked),
            Answer = Share(Answered),
            Act = Share(Acted),
            Unsubscribe = Share(Unsubscribed),
            Buy = 0,
        };

        private double Share(long count) => Sent == 0 ? 0 : Math.Min(1, (double)count / Sent);
    }
}
