namespace Loyalty.Engine.Programs;

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>The program cannot be published.</summary>
    Error,

    /// <summary>It can be, and someone should look.</summary>
    Warning,
}

/// <summary>Something a file of the program gets wrong, and what to do about it.</summary>
/// <param name="Severity">Errors forbid publishing.</param>
/// <param name="File">Path below the program's folder, with forward slashes.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Code">One of <see cref="FindingCodes"/>.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to do.</param>
public sealed record Finding(
    FindingSeverity Severity, string File, int Line, int Column, string Code, string Message, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{File}:{Line}:{Column}: {(Severity == FindingSeverity.Error ? "error" : "warning")} {Code}: {Message}; {Remedy}";

    /// <summary>By file, line and column.</summary>
    public static IReadOnlyList<Finding> Sort(IEnumerable<Finding> findings) =>
    [
        .. findings.OrderBy(static one => one.File, StringComparer.Ordinal).ThenBy(static one => one.Line).ThenBy(static one => one.Column)
            .ThenBy(static one => one.Code, StringComparer.Ordinal),
    ];
}

/// <summary>Codes of <see cref="Finding"/>.</summary>
public static class FindingCodes
{
    public const string Unreadable = "unreadable";
    public const string TooLarge = "too-large";
    public const string Syntax = "syntax";
    public const string NotPlainYaml = "not-plain-yaml";
    public const string DuplicateKey = "duplicate-key";
    public const string UnknownKey = "unknown-key";
    public const string WrongType = "wrong-type";
    public const string Missing = "missing";
    public const string BadName = "bad-name";
    public const string DuplicateName = "duplicate-name";
    public const string UnknownStep = "unknown-step";
    public const string UnknownTemplate = "unknown-template";
    public const string UnknownTopic = "unknown-topic";
    public const string UnknownEvent = "unknown-event";
    public const string UnknownOffer = "unknown-offer";
    public const string UnknownEndpoint = "unknown-endpoint";
    public const string UnknownJourney = "unknown-journey";
    public const string UnknownFact = "unknown-fact";
    public const string JourneyLoop = "journey-loop";
    public const string MayBeUnset = "may-be-unset";
    public const string TooManySends = "too-many-sends";
    public const string QuotaTooSmall = "quota-too-small";
    public const string UnknownWallet = "unknown-wallet";
    public const string BadCondition = "bad-condition";
    public const string HiddenComment = "hidden-comment";
    public const string BadValue = "bad-value";
    public const string BadTime = "bad-time";
    public const string NoLimit = "no-limit";
    public const string BadShares = "bad-shares";
    public const string EmptyWindow = "empty-window";
    public const string Unreachable = "unreachable";
    public const string NoTopic = "no-topic";
    public const string BadHoldout = "bad-holdout";
    public const string NotSupported = "not-supported";
    public const string SendsTogether = "sends-together";
    public const string ShortGoal = "short-goal";
    public const string HidesField = "hides-field";
    public const string TemplateVariable = "template-variable";
}

/// <summary>Collects findings; more than <see cref="Limit"/> of one program are not kept.</summary>
public sealed class FindingList
{
    /// <summary>Findings kept of one program.</summary>
    public const int Limit = 1000;

    private readonly List<Finding> _items = [];

    /// <summary>Everything found so far.</summary>
    public IReadOnlyList<Finding> Items => _items;

    /// <summary>True where something forbids publishing.</summary>
    public bool HasErrors => _items.Exists(f => f.Severity == FindingSeverity.Error);

    /// <summary>No more are kept: what is read on is told to nobody.</summary>
    public bool IsFull => _items.Count >= Limit;

    /// <summary>Adds one.</summary>
    public void Add(Finding finding)
    {
        if (!IsFull) _items.Add(finding);
    }
}
