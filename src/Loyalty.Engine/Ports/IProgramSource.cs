using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Offers;
using Loyalty.Core.Programs;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Ports;

/// <summary>The published program: what counts now, and every version that somebody is still inside.</summary>
public interface IProgramSource
{
    /// <summary>What counts for events that arrive now.</summary>
    LiveProgram Current { get; }

    /// <summary>A published version of a journey, live or not; null: never published here.</summary>
    ValueTask<JourneyDefinition?> DefinitionAsync(string journey, int version, CancellationToken cancellation = default);
}

/// <summary>One consistent view of the program.</summary>
public sealed record LiveProgram
{
    public required ProgramModel Model { get; init; }

    private readonly ImmutableArray<JourneyDefinition> _journeys = [];
    private readonly Dictionary<string, JourneyDefinition> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<JourneyDefinition>> _byTrigger = new(StringComparer.Ordinal);

    /// <summary>The live version of each journey.</summary>
    public required ImmutableArray<JourneyDefinition> Journeys
    {
        get => _journeys;
        init
        {
            _journeys = value;
            _byName = new(StringComparer.Ordinal);
            _byTrigger = new(StringComparer.Ordinal);
            foreach (var journey in value)
            {
                _byName.TryAdd(journey.Name, journey);
                foreach (var type in journey.Enter.Events.Distinct(StringComparer.Ordinal))
                    _byTrigger[type] = _byTrigger.TryGetValue(type, out var others) ? others.Add(journey) : [journey];
            }
        }
    }

    /// <summary>What is counted at each event.</summary>
    public ImmutableArray<MeasureRule> Measures { get; init; } = [];

    /// <summary>The share of customers whom no journey with a goal sends anything, 0 to 1.</summary>
    public decimal GlobalHoldout { get; init; }

    /// <summary>Systems outside, by name.</summary>
    public ImmutableSortedDictionary<string, WebhookEndpoint> Endpoints { get; init; } =
        ImmutableSortedDictionary.Create<string, WebhookEndpoint>(StringComparer.Ordinal);

    /// <summary>Offers, by name.</summary>
    public ImmutableSortedDictionary<string, OfferRule> Offers { get; init; } =
        ImmutableSortedDictionary.Create<string, OfferRule>(StringComparer.Ordinal);

    /// <summary>Channels other than e-mail, by name.</summary>
    public ImmutableSortedDictionary<string, MessageChannelRule> Channels { get; init; } =
        ImmutableSortedDictionary.Create<string, MessageChannelRule>(StringComparer.Ordinal);

    /// <summary>Consent topics: name → title.</summary>
    public ImmutableSortedDictionary<string, string> Topics { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Prize draws, by name.</summary>
    public ImmutableSortedDictionary<string, DrawRule> Draws { get; init; } = ImmutableSortedDictionary.Create<string, DrawRule>(StringComparer.Ordinal);

    /// <summary>Sender of messages.</summary>
    public string SenderAddress { get; init; } = "loyalty@shop.example";
    public string? SenderName { get; init; }

    /// <summary>The shop's web address, for templates.</summary>
    public string? Url { get; init; }

    /// <summary>Journeys that are paused: people stay where they are.</summary>
    public ImmutableHashSet<string> Paused { get; init; } = [];

    /// <summary>The newest program.yaml and templates, by path.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Files { get; init; } =
        ImmutableSortedDictionary.Create<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);

    /// <summary>BCP 47: the language that is used where nothing else is known.</summary>
    public string DefaultLocale { get; init; } = "en";

    /// <summary>Goes up with every publish, pause and resume.</summary>
    public int Revision { get; init; }

    /// <summary>True while a journey is paused.</summary>
    public bool IsPaused(string journey) => Paused.Contains(journey);

    /// <summary>The live version of a journey; null: there is none of that name.</summary>
    public JourneyDefinition? Journey(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The journeys that an event of this type can start, in their order.</summary>
    public ImmutableArray<JourneyDefinition> StartedBy(string eventType) => _byTrigger.TryGetValue(eventType, out var journeys) ? journeys : [];
}
