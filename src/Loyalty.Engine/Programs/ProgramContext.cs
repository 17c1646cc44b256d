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

    /// <summary>Channels other than e-mail.</summary>
    public ImmutableSortedSet<string> Channels { get; init; } = [];

    /// <summary>Point types.</summary>
    public ImmutableSortedSet<string> Wallets { get; init; } = ["spendable"];

    /// <summary>Types of events that the program declares itself.</summary>
    public ImmutableSortedSet<string> OwnEvents { get; init; } = [];

    /// <summary>Quiet hours, caps and budgets.</summary>
    public Core.Contact.ContactPolicy Contact { get; init; } = Core.Contact.ContactPolicy.None;

    /// <summary>Offers of offers.yaml.</summary>
    public ImmutableSortedSet<string> Offers { get; init; } = [];

    /// <summary><c>asset.*</c>.</summary>
    public ImmutableDictionary<string, AttributeInfo> Assets { get; init; } = BuiltInAttributes.Asset;

    /// <summary>Systems outside.</summary>
    public ImmutableSortedDictionary<string, WebhookEndpoint> Endpoints { get; init; } =
        ImmutableSortedDictionary.Create<string, WebhookEndpoint>(StringComparer.Ordinal);

    /// <summary>What journeys say about each other.</summary>
    public ProgramReferences References { get; } = new();

    /// <summary>Templates by name.</summary>
    public ImmutableSortedDictionary<string, TemplateFiles> Templates { get; init; } =
        ImmutableSortedDictionary.Create<string, TemplateFiles>(StringComparer.Ordinal);

    /// <summary>What program.yaml lacked could not be checked: unknown topics and attributes are then not reported again.</summary>
    public bool IsPartial { get; init; }
}
