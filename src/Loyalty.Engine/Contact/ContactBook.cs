using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Programs;
using Loyalty.Engine.State;
using Loyalty.Engine.Work;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>What an event leaves in the person's history: proofs of consent, answers, the task that a complaint opens. In the batch of the event.</summary>
internal static class ContactBook
{
    /// <summary>The journey under which tasks stand that no journey opened.</summary>
    public const string FeedbackJourney = "feedback";

    /// <summary>How a complaint's task can end.</summary>
    public static ImmutableArray<string> ComplaintOutcomes { get; } = ["resolved", "refunded", "not-justified"];

    /// <summary>Writes what follows from an event.</summary>
    public static void Keep(PartitionSession session, CanonicalEvent e, CustomerState? before, CustomerState after, ProgramModel program, Instant now)
    {
        if (before?.Consents != after.Consents) Prove(session, e, before, after, now);
        if (e is { Type: EventTypes.FeedbackGiven, Data: EventData.Facts facts }) Answer(session, e, facts, after, program, now);
    }

    /// <summary>The proof of topics that wait because two people became one.</summary>
    public static void Ask(PartitionSession session, ImmutableArray<string> topics, string absorbedId, Instant at, Instant now)
    {
        foreach (var key in topics)
        {
            var (channel, topic) = Consents.Parse(key);
            session.PutAlways(Keys.ConsentPrefix + Hashing.Id(26, EventTypes.CustomerMerged, absorbedId, key), Kinds.Consent, new ConsentRecord
            {
                Topic = topic,
                Channel = channel,
                Decision = "asked",
                At = at,
                NotedAt = now,
                How = EventTypes.CustomerMerged,
                Source = "program",
                EventId = absorbedId,
            });
        }
    }

    private static void Prove(PartitionSession session, CanonicalEvent e, CustomerState? before, CustomerState after, Instant now)
    {
        var person = e.Data as EventData.Person;
        foreach (var consent in after.Consents)
        {
            if (before is not null && before.Consents.Contains(consent)) continue;
            var (channel, topic) = Consents.Parse(consent.Topic);
            var record = new ConsentRecord
            {
                Topic = topic,
                Channel = channel,
                Decision = consent.IsGiven ? "given" : consent.IsPending ? "asked" : "withdrawn",
                At = consent.At,
                NotedAt = now,
                How = person?.ConsentHow ?? e.Type,
                Text = person?.ConsentText,
                Source = e.Source,
                EventId = e.Id,
            };
            session.PutAlways(Keys.ConsentPrefix + Hashing.Id(26, e.Source, e.Id, consent.Topic), Kinds.Consent, record);
        }
    }

    private static void Answer(PartitionSession session, CanonicalEvent e, EventData.Facts facts, CustomerState customer, ProgramModel program, Instant now)
    {
        var id = Hashing.Id(26, "feedback", e.Source, e.Id);
        var kind = Text(facts, "kind") ?? "advice";
        session.PutAlways(Keys.FeedbackPrefix + id, Kinds.Feedback, new FeedbackRecord
        {
            Id = id,
            CustomerId = customer.CustomerId,
            Kind = kind,
            Text = Text(facts, "text"),
            Reason = Text(facts, "reason"),
            Rating = facts.Values.GetValueOrDefault("rating") is AttributeValue.Number { Value: var rating } ? rating : null,
            About = Text(facts, "about"),
            Run = Text(facts, "run"),
            Step = Text(facts, "step"),
            MessageId = Text(facts, "message-id"),
            At = e.Time,
            Source = e.Source,
        });
        if (kind != "complaint") return;
        var desk = program.Contact.Complaints;
        session.PutAlways(Keys.Task(id, "complaint", 1), Kinds.Task, new TaskDocument
        {
            CustomerId = customer.CustomerId,
            RunId = id,
            Journey = FeedbackJourney,
            Step = "complaint",
            Visit = 1,
            Queue = desk.Queue,
            Outcomes = ComplaintOutcomes,
            With = ImmutableDictionary<string, AttributeValue>.Empty.Add("feedback-id", id),
            OpenedAt = now,
            DueAt = desk.Due.After(now, program.TimeZone),
        });
    }

    private static string? Text(EventData.Facts facts, string name) => facts.Values.GetValueOrDefault(name) switch
    {
        AttributeValue.Text { Value: var text } => text,
        AttributeValue.Number { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };
}

/// <summary>One decision about consent and what proves it; kept for ever, also when it was taken back.</summary>
public sealed record ConsentRecord
{
    public required string Topic { get; init; }
    public required string Channel { get; init; }

    /// <summary><c>given</c>, <c>asked</c> (not confirmed yet), <c>withdrawn</c>.</summary>
    public required string Decision { get; init; }

    /// <summary>When it was decided.</summary>
    public required Instant At { get; init; }

    /// <summary>When the program learned of it.</summary>
    public required Instant NotedAt { get; init; }

    /// <summary><c>double-opt-in</c>, <c>preference-page</c>, <c>message.unsubscribed</c>, what the shop told, else the type of the event.</summary>
    public required string How { get; init; }

    /// <summary>What was agreed to; null: not told.</summary>
    public string? Text { get; init; }
    public required string Source { get; init; }
    public required string EventId { get; init; }
}

/// <summary>An answer of a person.</summary>
public sealed record FeedbackRecord
{
    public required string Id { get; init; }
    public required string CustomerId { get; init; }

    /// <summary><c>complaint</c>, <c>question</c>, <c>advice</c>, <c>idea</c>, <c>rating</c>, <c>reason</c>, <c>reply</c>.</summary>
    public required string Kind { get; init; }
    public string? Text { get; init; }
    public string? Reason { get; init; }

    /// <summary>0 to 10.</summary>
    public decimal? Rating { get; init; }
    public string? About { get; init; }

    /// <summary>The run, step and message it answers; null: none.</summary>
    public string? Run { get; init; }
    public string? Step { get; init; }
    public string? MessageId { get; init; }
    public required Instant At { get; init; }
    public required string Source { get; init; }
}
