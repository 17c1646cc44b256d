using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>A value and when it was told: of two the later is kept, at the same time the greater by ordinal text.</summary>
/// <param name="Value">The value.</param>
/// <param name="At">When it was told.</param>
public sealed record Told<T>(T Value, Instant At)
    where T : notnull;

/// <summary>Merging of told values: commutative, associative, idempotent.</summary>
public static class Told
{
    /// <summary>The one that counts; null (not told) never does.</summary>
    public static Told<T>? Later<T>(Told<T>? known, T? value, Instant at)
        where T : class => value is null ? known : Later(known, new Told<T>(value, at), static value => value.ToString()!);

    /// <inheritdoc cref="Later{T}(Told{T}?, T?, Instant)"/>
    public static Told<T>? Later<T>(Told<T>? known, Told<T>? told, Func<T, string> text)
        where T : notnull
    {
        if (known is null || told is null) return told ?? known;
        var order = told.At.CompareTo(known.At);
        if (order == 0) order = string.CompareOrdinal(text(told.Value), text(known.Value));
        return order > 0 ? told : known;
    }
}
