namespace Loyalty.Core.Conditions;

/// <summary>What kind of value an attribute or an expression has.</summary>
public enum AttributeType
{
    /// <summary><see cref="AttributeValue.Text"/>.</summary>
    Text,

    /// <summary><see cref="AttributeValue.Number"/>; a percent literal is a number (10% = 0.1).</summary>
    Number,

    /// <summary><see cref="AttributeValue.Flag"/>.</summary>
    Flag,

    /// <summary><see cref="AttributeValue.Moment"/>.</summary>
    Moment,

    /// <summary><see cref="AttributeValue.Day"/>.</summary>
    Day,

    /// <summary>A <see cref="AttributeValue.Day"/> that returns every year, such as a birthday.</summary>
    AnnualDay,

    /// <summary><see cref="AttributeValue.Money"/>.</summary>
    Money,

    /// <summary><see cref="AttributeValue.List"/> of texts.</summary>
    List,

    /// <summary>A span such as <c>30d</c>; only expressions have it, no attribute does.</summary>
    Duration,
}
