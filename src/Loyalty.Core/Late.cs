namespace Loyalty.Core;

/// <summary>
/// A value that is worked out when somebody asks for it, and then kept: what a decision leaves for a document is worked out where the document is
/// written, and not at all where it never is. Two are equal where their values are.
/// </summary>
/// <typeparam name="T">What it is; it follows from what is given here alone, so it does not matter when and how often it is worked out.</typeparam>
public struct Late<T> : IEquatable<Late<T>>
    where T : class
{
    private object? _value;

    /// <summary>Known already.</summary>
    public Late(T? value) => _value = value;

    /// <summary>To be worked out.</summary>
    public Late(Func<T> value) => _value = value;

    /// <summary>The value; null where none was given.</summary>
    public T? Value
    {
        get
        {
            if (_value is Func<T> open) _value = open();
            return (T?)_value;
        }
    }

    /// <inheritdoc/>
    public bool Equals(Late<T> other) => EqualityComparer<T?>.Default.Equals(Value, other.Value);

    public static bool operator ==(Late<T> one, Late<T> other) => one.Equals(other);

    public static bool operator !=(Late<T> one, Late<T> other) => !one.Equals(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Late<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value?.GetHashCode() ?? 0;
}
