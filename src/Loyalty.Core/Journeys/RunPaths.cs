namespace Loyalty.Core.Journeys;

/// <summary>How <c>entry.*</c>, <c>event.*</c> and <c>steps.NAME.*</c> are read.</summary>
public static class RunPaths
{
    /// <summary>What stands before the event's own fields where they are always found, whatever the event's data is called.</summary>
    public const string Envelope = "envelope.";

    /// <summary>
    /// An attribute of an occurrence; beside them its own <c>id</c>, <c>type</c> and <c>at</c>, which data of the same name hides, and which
    /// <c>envelope.id</c>, <c>envelope.type</c> and <c>envelope.at</c> always are.
    /// </summary>
    public static AttributeValue Of(Occurrence? occurrence, string name)
    {
        if (occurrence is null) return AttributeValue.None;
        if (name.StartsWith(Envelope, StringComparison.Ordinal) && OwnOf(occurrence, name.AsSpan(Envelope.Length)) is { } own) return own;
        if (occurrence.Attributes.TryGetValue(name, out var value)) return value ?? AttributeValue.None;
        return OwnOf(occurrence, name) ?? AttributeValue.None;
    }

    private static AttributeValue? OwnOf(Occurrence occurrence, ReadOnlySpan<char> name) => name switch
    {
        "at" => occurrence.At,
        "type" => occurrence.Type,
        "id" => occurrence.Id,
        _ => null,
    };

    /// <summary>Of a step: <c>result</c>, <c>reason</c>, <c>at</c>, <c>event</c>, or a value that it left (<c>points</c>, <c>code</c>).</summary>
    public static AttributeValue OfStep(StepRecord? step, string field)
    {
        if (step is null) return AttributeValue.None;
        if (step.Values.TryGetValue(field, out var value)) return value;
        return field switch
        {
            "result" => step.Result,
            "reason" => step.Reason,
            "at" => step.EndedAt is { } at ? at : AttributeValue.None,
            "event" => step.Matched?.Type,
            _ => AttributeValue.None,
        };
    }
}
