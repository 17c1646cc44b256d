using System.Collections.Immutable;

namespace Loyalty.Core.Conditions;

/// <summary>What is known about an attribute.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Values">The only texts it can have; empty: any.</param>
public sealed record AttributeInfo(AttributeType Type, ImmutableArray<string> Values)
{
    /// <summary>An attribute of a type, with any value.</summary>
    public static implicit operator AttributeInfo(AttributeType type) => new(type, []);
}

/// <summary>Every attribute a condition may name at one place: full path (<c>customer.orders</c>) → type. Immutable.</summary>
public sealed class AttributeCatalogue
{
    private readonly ImmutableSortedDictionary<string, AttributeInfo> _entries;

    private AttributeCatalogue(ImmutableSortedDictionary<string, AttributeInfo> entries) => _entries = entries;

    /// <summary>Knows nothing.</summary>
    public static AttributeCatalogue Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, AttributeInfo>(StringComparer.Ordinal));

    /// <summary>All full paths, in ordinal order.</summary>
    public IEnumerable<string> Paths => _entries.Keys;

    /// <summary>What is known about a path; null where it does not exist.</summary>
    public AttributeInfo? Find(string path) => _entries.GetValueOrDefault(path);

    /// <summary>This catalogue and one attribute more; the later one wins.</summary>
    public AttributeCatalogue With(string path, AttributeInfo info) => new(_entries.SetItem(path, info));

    /// <summary>This catalogue and the attributes of a root (<c>entry</c>, <c>event</c>, <c>steps.NAME</c>).</summary>
    public AttributeCatalogue With(string root, IEnumerable<KeyValuePair<string, AttributeInfo>> attributes)
    {
        var builder = _entries.ToBuilder();
        foreach (var (name, info) in attributes) builder[root + "." + name] = info;
        return new AttributeCatalogue(builder.ToImmutable());
    }
}
