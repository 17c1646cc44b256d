using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>
/// The consents of two people who are one. The stricter wins, topic by topic: what one of them has withdrawn is not undone by a consent that only the
/// other gave, however much later; the withdrawal counts as repeated at that moment. Consent that is given after the merge counts again.
/// </summary>
/// <remarks>
/// Each had decided for an address of their own: "yes" for one address is no "yes" for the other, which had said "no". A topic that one of them was
/// never asked about is what the other said.
/// </remarks>
public static class ConsentMerge
{
    /// <summary>By topic, sorted; which of the two is named first does not matter.</summary>
    public static ImmutableArray<TopicConsent> Join(ImmutableArray<TopicConsent> one, ImmutableArray<TopicConsent> other)
    {
        var joined = ImmutableArray.CreateBuilder<TopicConsent>();
        var everything = Stricter(TopicConsent.Everything, Decision(one, TopicConsent.Everything), Decision(other, TopicConsent.Everything));
        if (everything is not null) joined.Add(everything);
        var topics = one.Concat(other).Select(static consent => consent.Topic).Where(static topic => topic != TopicConsent.Everything);
        foreach (var topic in topics.Distinct(StringComparer.Ordinal))
        {
            var consent = Stricter(topic, Decision(one, topic), Decision(other, topic))!;
            // A decision about everything already counts in it and must not overrule it again.
            if (everything is not null && consent.At <= everything.At)
                consent = consent with { At = (consent.IsGiven || consent.IsPending) && !everything.IsGiven ? everything.At + Duration.Epsilon : everything.At };
            joined.Add(consent);
        }

        joined.Sort(static (a, b) => string.CompareOrdinal(a.Topic, b.Topic));
        return joined.ToImmutable();
    }

    private static TopicConsent? Stricter(string topic, TopicConsent? one, TopicConsent? other)
    {
        if (one is null || other is null) return (one ?? other) is { } only ? only with { Topic = topic } : null;
        // Asked for is less than given and more than withdrawn: neither has said no.
        var isYes = (one.IsGiven || one.IsPending) && (other.IsGiven || other.IsPending);
        return new TopicConsent(topic, one.IsGiven && other.IsGiven, Instant.Max(one.At, other.At)) { IsPending = isYes && (one.IsPending || other.IsPending) };
    }

    /// <summary>What somebody decided about a topic; a later decision about everything overrules it.</summary>
    private static TopicConsent? Decision(ImmutableArray<TopicConsent> consents, string topic)
    {
        TopicConsent? own = null;
        TopicConsent? all = null;
        foreach (var consent in consents)
        {
            if (consent.Topic == topic) own = consent;
            if (consent.Topic == TopicConsent.Everything) all = consent;
        }

        return all is not null && (own is null || all.At > own.At || (all.At == own.At && !all.IsGiven)) ? all : own;
    }
}
