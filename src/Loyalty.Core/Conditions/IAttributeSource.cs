namespace Loyalty.Core.Conditions;

/// <summary>What conditions and formulas read.</summary>
public interface IAttributeSource
{
    /// <summary>The value of an attribute; <see cref="AttributeValue.None"/> where it is unset or unknown.</summary>
    /// <param name="path">The full path, e.g. <c>customer.orders</c>.</param>
    AttributeValue Look(string path);
}

/// <summary>A function as a source.</summary>
/// <param name="look">Full path → value.</param>
public sealed class AttributeFunction(Func<string, AttributeValue> look) : IAttributeSource
{
    /// <inheritdoc/>
    public AttributeValue Look(string path) => look(path);
}
