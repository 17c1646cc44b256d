using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Offers;
using Loyalty.Core.Programs;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.Programs;

/// <summary>One version of everything that marketers edit, checked.</summary>
public sealed record LoyaltyProgram
{
    /// <summary>Kebab-case name of the program.</summary>
    public required string Name { get; init; }

    /// <summary>For people; default: the name.</summary>
    public required string Title { get; init; }

    /// <summary>The shop's address; null: not told.</summary>
    public string? Url { get; init; }

    /// <summary>The zone of days that end and of customers without a zone.</summary>
    public required DateTimeZone Zone { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>BCP 47, the default first.</summary>
    public required ImmutableArray<string> Locales { get; init; }

    /// <summary>Who messages come from; null: the program sends none.</summary>
    public Sender? Sender { get; init; }

    /// <summary>Consent topics: name → title.</summary>
    public required ImmutableSortedDictionary<string, string> Topics { get; init; }

    /// <summary>Facts about a customer that conditions may name: name → type.</summary>
    public required ImmutableSortedDictionary<string, AttributeType> Facts { get; init; }

    /// <summary>Journeys by name.</summary>
    public required ImmutableSortedDictionary<string, JourneyDefinition> Journeys { get; init; }

    /// <summary>Offers by name.</summary>
    public ImmutableSortedDictionary<string, OfferRule> Offers { get; init; } = ImmutableSortedDictionary.Create<string, OfferRule>(StringComparer.Ordinal);

    /// <summary>Prize draws by name.</summary>
    public ImmutableSortedDictionary<string, DrawRule> Draws { get; init; } = ImmutableSortedDictionary.Create<string, DrawRule>(StringComparer.Ordinal);

    /// <summary>Systems outside that journeys call, by name.</summary>
    public ImmutableSortedDictionary<string, WebhookEndpoint> Endpoints { get; init; } =
        ImmutableSortedDictionary.Create<string, WebhookEndpoint>(StringComparer.Ordinal);

    /// <summary>Channels other than e-mail, by name.</summary>
    public ImmutableSortedDictionary<string, MessageChannelRule> Channels { get; init; } =
        ImmutableSortedDictionary.Create<string, MessageChannelRule>(StringComparer.Ordinal);

    /// <summary>What is counted at each event.</summary>
    public ImmutableArray<MeasureRule> Measures { get; init; } = [];

    /// <summary>The share of customers whom no journey with a goal sends anything, 0 to 1.</summary>
    public decimal GlobalHoldout { get; init; }

    /// <summary>Every attribute of <c>customer.*</c> and <c>program.*</c>.</summary>
    public required AttributeCatalogue Attributes { get; init; }

    /// <summary>The files as they were read, by path below the program's folder.</summary>
    public required ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Files { get; init; }

    /// <summary>Names of its templates.</summary>
    public ImmutableSortedSet<string> TemplateNames => ProgramTemplates.NamesIn(Files.Keys);

    /// <summary>The language that is used where nothing else is known.</summary>
    public string DefaultLocale => Locales[0];

    /// <summary>Journeys that start on this type of event, by name.</summary>
    public IEnumerable<JourneyDefinition> StartedBy(string eventType) =>
        Journeys.Values.Where(j => j.Enter.Events.Contains(eventType));

    /// <summary>Earning rules, wallets and signals as the decisions read them.</summary>
    public required ProgramModel Model { get; init; }

    /// <summary>The program as the use cases take it.</summary>
    public LiveProgram ToLive() => new()
    {
        Model = Model,
        Journeys = [.. Journeys.Values],
        Measures = Measures,
        GlobalHoldout = GlobalHoldout,
        Endpoints = Endpoints,
        Offers = Offers,
        Channels = Channels,
        Topics = Topics,
        Draws = Draws,
        SenderAddress = Sender?.Address ?? "loyalty@shop.example",
        SenderName = Sender?.Name,
        Url = Url,
    };
}

/// <summary>Who messages come from.</summary>
/// <param name="Name">Shown to people.</param>
/// <param name="Address">An e-mail address.</param>
public sealed record Sender(string Name, string Address);

/// <summary>What loading gave.</summary>
/// <param name="Program">null where there are errors.</param>
/// <param name="Findings">Errors and warnings, by file, line and column.</param>
public sealed record ProgramLoad(LoyaltyProgram? Program, IReadOnlyList<Finding> Findings)
{
    /// <summary>Templates and partials that can be read, by path; there also where other files have errors.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Templates { get; init; } =
        ImmutableSortedDictionary.Create<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);

    /// <summary>The program's first language; null: program.yaml cannot be read.</summary>
    public string? DefaultLocale { get; init; }

    /// <summary>Everything that is wrong, with what only another part can tell, in one order.</summary>
    public IReadOnlyList<Finding> FindingsWith(IProgramCheck check) => Finding.Sort([.. Findings, .. check.Check(Templates, DefaultLocale)]);
}
