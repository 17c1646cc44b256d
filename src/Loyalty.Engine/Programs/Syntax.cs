namespace Loyalty.Engine.Programs;

/// <summary>What may stand at a key.</summary>
internal enum SyntaxKind
{
    Text,

    /// <summary><c>[a-z][a-z0-9-]{0,39}</c>.</summary>
    Name,
    Flag,
    Integer,

    /// <summary><c>10%</c>.</summary>
    Percent,

    /// <summary><c>30d</c>.</summary>
    Duration,

    /// <summary><c>"09:00"</c>.</summary>
    Clock,

    /// <summary>One of <see cref="SyntaxKey.Words"/>.</summary>
    Words,

    /// <summary>A condition.</summary>
    Condition,

    /// <summary>A formula of any type.</summary>
    Formula,

    /// <summary>A text or a list of texts.</summary>
    Texts,

    /// <summary><c>mon</c> or a list of weekdays.</summary>
    Weekdays,

    /// <summary><c>'03-15'</c> or a list of such.</summary>
    Dates,

    /// <summary>A list of steps.</summary>
    Steps,

    /// <summary>One <see cref="SyntaxKey.Group"/>.</summary>
    Group,

    /// <summary>A list of <see cref="SyntaxKey.Group"/>.</summary>
    Groups,

    /// <summary>A text or one <see cref="SyntaxKey.Group"/>.</summary>
    TextOrGroup,

    /// <summary>Any name → formula.</summary>
    Formulas,

    /// <summary>Any name → type.</summary>
    Types,

    /// <summary><c>only-within 3d</c> and the like.</summary>
    Lateness,

    /// <summary><c>never</c>, <c>after-end</c>, <c>after 90d</c>.</summary>
    Again,

    /// <summary>A clock time, an attribute with an offset, weekdays or dates.</summary>
    Until,

    /// <summary><c>2026-01-31</c>.</summary>
    Date,

    /// <summary>A duration in days or weeks.</summary>
    Days,

    /// <summary>One such duration or a list of them.</summary>
    DayList,

    /// <summary><c>20 EUR</c>.</summary>
    Money,

    /// <summary>A number that may have decimals.</summary>
    Number,

    /// <summary>One of <see cref="SyntaxKey.Choices"/>.</summary>
    Choice,

    /// <summary>Any name → one of <see cref="SyntaxKey.Choices"/>.</summary>
    Named,

    /// <summary>Any name → one <see cref="SyntaxKey.Group"/>.</summary>
    NamedGroups,

    /// <summary>Any event type → attributes with their types.</summary>
    NamedTypes,

    /// <summary>Any name → a single value.</summary>
    Scalars,
}

/// <summary>A key of the language.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Kind">What may stand at it.</param>
/// <param name="Doc">What it is for; editors show it.</param>
internal sealed record SyntaxKey(string Name, SyntaxKind Kind, string Doc)
{
    public bool IsRequired { get; init; }

    /// <summary>For <see cref="SyntaxKind.Words"/>.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>For <see cref="SyntaxKind.Group"/>, <see cref="SyntaxKind.Groups"/> and <see cref="SyntaxKind.TextOrGroup"/>.</summary>
    public SyntaxGroup? Group { get; init; }

    /// <summary>For <see cref="SyntaxKind.Choice"/> and <see cref="SyntaxKind.Named"/>: what may stand there; names and descriptions of these are not used.</summary>
    public IReadOnlyList<SyntaxKey> Choices { get; init; } = [];

    /// <summary>For <see cref="SyntaxKind.Text"/> and <see cref="SyntaxKind.Texts"/>: what editors ask of it; the loader asks more.</summary>
    public string? Pattern { get; init; }

    /// <summary>For <see cref="SyntaxKind.Integer"/>.</summary>
    public (int From, int To) Range { get; init; } = (0, int.MaxValue);
}

/// <summary>A group of keys.</summary>
internal sealed record SyntaxGroup(string Name, IReadOnlyList<SyntaxKey> Keys)
{
    public IReadOnlyList<string> Names { get; } = [.. Keys.Select(static key => key.Name)];

    /// <summary>Of each of these lists exactly one key stands in the group.</summary>
    public IReadOnlyList<IReadOnlyList<string>> ExactlyOne { get; init; } = [];

    /// <summary>At least one key is needed.</summary>
    public bool IsNotEmpty { get; init; }
}

/// <summary>A step type: the key that names it and its options.</summary>
internal sealed record SyntaxStep(SyntaxKey Type, IReadOnlyList<SyntaxKey> Options)
{
    public IReadOnlyList<string> OptionNames { get; } = [.. Options.Select(static key => key.Name)];
}
