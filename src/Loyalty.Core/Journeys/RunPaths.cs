namespace Loyalty.Core.Journeys;

/// <summary>How <c>entry.*</c>, <c>event.*</c> and <c>steps.NAME.*</c> are read.</summary>
public static class RunPaths
{
    /// <summary>An attribute of an occurrence; beside its own: <c>at</c>, <c>type</c>, <c>id</c>.</summary>
    public static AttributeValue Of(Occurrence? occurrence, string name)
    {
        if (occurrence is null) return AttributeValue.None;
        if (occurrence.Attributes.TryGetValue(name, out var value)) return value ?? AttributeValue.None;
        return name switch
        {
            "at" => occurrence.At,
            "type" => occurrence.Type,
            "id" => occurrence.Id,
            _ => AttributeValue.None,
        };
    }

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
