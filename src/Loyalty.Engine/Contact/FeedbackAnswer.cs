namespace Loyalty.Engine.Contact;

/// <summary>What a person says.</summary>
public sealed record FeedbackAnswer
{
    /// <summary>One of <see cref="AnswersUseCase.Kinds"/>.</summary>
    public required string Kind { get; init; }
    public string? Text { get; init; }

    /// <summary>A word, e.g. <c>price</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>0 to 10.</summary>
    public int? Rating { get; init; }

    /// <summary><c>product</c>, <c>outlet</c>, <c>unit</c>, <c>order</c>.</summary>
    public string? About { get; init; }
}
