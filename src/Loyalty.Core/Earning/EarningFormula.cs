using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Conditions;

namespace Loyalty.Core.Earning;

/// <summary>Of what value points are computed.</summary>
public enum EarningBase
{
    /// <summary>Without tax.</summary>
    Net,

    /// <summary>With tax.</summary>
    Gross,
}

/// <summary>How many points. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(PerAmount), "per-amount")]
[JsonDerivedType(typeof(Bands), "bands")]
[JsonDerivedType(typeof(PerUnit), "per-unit")]
[JsonDerivedType(typeof(Multiply), "multiply")]
[JsonDerivedType(typeof(Fixed), "fixed")]
[JsonDerivedType(typeof(Computed), "computed")]
public abstract record EarningFormula
{
    private EarningFormula()
    {
    }

    /// <summary>Points per unit of the program's currency, floored once over all rules of the wallet.</summary>
    /// <param name="PointsPerUnit">Above 0, at most 100, at most 4 decimals.</param>
    /// <param name="Base">Default net.</param>
    public sealed record PerAmount(decimal PointsPerUnit, EarningBase Base = EarningBase.Net) : EarningFormula;

    /// <summary>By the value of the eligible goods: the band with the greatest start that is not above it.</summary>
    /// <param name="Items">Ascending by start, at least one.</param>
    /// <param name="Base">Default net.</param>
    public sealed record Bands(ImmutableArray<EarningBand> Items, EarningBase Base = EarningBase.Net) : EarningFormula;

    /// <summary>Points for each piece that is kept.</summary>
    /// <param name="Points">1 or more.</param>
    public sealed record PerUnit(long Points) : EarningFormula;

    /// <summary>
    /// What the order's other rules of the wallet give for these goods, times (factor − 1), on top. Multipliers do not multiply each other.
    /// </summary>
    /// <param name="Factor">Above 1, at most 100, at most 4 decimals.</param>
    /// <param name="Of">Only of these rules; empty: of all.</param>
    public sealed record Multiply(decimal Factor, ImmutableArray<string> Of) : EarningFormula;

    /// <summary>The same for each order (as long as something of it is kept), sign-up or event.</summary>
    /// <param name="Points">1 or more.</param>
    public sealed record Fixed(long Points) : EarningFormula;

    /// <summary>Computed from the event and the customer, rounded down; below 1: nothing. Events only.</summary>
    /// <param name="Text">As it was written.</param>
    public sealed record Computed(string Text) : EarningFormula
    {
        /// <summary>The checked formula; a frozen copy has none, since events are decided once.</summary>
        [JsonIgnore]
        public Condition? Formula { get; init; }
    }
}

/// <summary>One band of <see cref="EarningFormula.Bands"/>: exactly one of points and rate.</summary>
/// <param name="FromMinor">Its start, minor units of the program's currency, 0 or more; included.</param>
/// <param name="Points">The same for the whole order.</param>
/// <param name="PointsPerUnit">Or points per unit of the whole value.</param>
public sealed record EarningBand(long FromMinor, long? Points = null, decimal? PointsPerUnit = null);
