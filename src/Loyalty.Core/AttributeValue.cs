using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core;

/// <summary>A typed value that conditions compare and templates show. JSON: see <see cref="Serialization.LoyaltyJson"/>.</summary>
public abstract record AttributeValue
{
    private AttributeValue()
    {
    }

    /// <summary>Nothing known. Of it only <c>!=</c>, <c>not</c> and <c>is empty</c> hold.</summary>
    public static AttributeValue None { get; } = new Unset();

    public sealed record Unset : AttributeValue;

    public sealed record Text(string Value) : AttributeValue;

    public sealed record Number(decimal Value) : AttributeValue;

    public sealed record Flag(bool Value) : AttributeValue
    {
        internal static Flag Yes { get; } = new(true);

        internal static Flag No { get; } = new(false);
    }

    public sealed record Moment(Instant Value) : AttributeValue;

    public sealed record Day(LocalDate Value) : AttributeValue;

    /// <summary>Minor units of an ISO 4217 currency.</summary>
    public sealed record Money(long Minor, string Currency) : AttributeValue;

    public sealed record List(ImmutableArray<string> Values) : AttributeValue
    {
        public bool Equals(List? other) => other is not null && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

        public override int GetHashCode() => Values.Length == 0 ? 0 : HashCode.Combine(Values.Length, Values[0]);
    }

    public static implicit operator AttributeValue(string? value) => value is null ? None : new Text(value);

    public static implicit operator AttributeValue(long value) => new Number(value);

    public static implicit operator AttributeValue(decimal value) => new Number(value);

    public static implicit operator AttributeValue(bool value) => value ? Flag.Yes : Flag.No;

    public static implicit operator AttributeValue(Instant value) => new Moment(value);
}
