using System.Collections.Immutable;
using Loyalty.Core.Conditions;

namespace Loyalty.Engine.Programs;

/// <summary>What journeys may refer to: what program.yaml declares and which templates lie in the folder.</summary>
internal sealed record ProgramContext
{
    /// <summary><c>customer.*</c> and <c>program.*</c>.</summary>
    public AttributeCatalogue Attributes { get; init; } = AttributeCatalogue.Empty;

    /// <summary>Event type → attributes.</summary>
    public ImmutableSortedDictionary<string, ImmutableDictionary<string, AttributeInfo>> Events { get; init; } = BuiltInAttributes.Events;

    /// <summary>Consent topics.</summary>
    public ImmutableSortedSet<string> Topics { get; init; } = [];

    /// <summary>Point types.</summary>
    public ImmutableSortedSet<string> Wallets { get; init; } = ["spendable"];

    /// <summary>Templates by name.</summary>
    public ImmutableSortedDictionary<string, TemplateFiles> Templates { get; init; } =
        ImmutableSortedDictionary.Create<string, TemplateFiles>(StringComparer.Ordinal);

    /// <summary>What program.yaml lacked could not be checked: unknown topics and attributes are then not reported again.</summary>
    public bool IsPartial { get; init; }
}
