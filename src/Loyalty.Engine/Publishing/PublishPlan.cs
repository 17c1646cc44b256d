using System.Collections.Concurrent;
using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using Loyalty.Core.Journeys.Edits;
using Loyalty.Core.Runs;
using Loyalty.Engine.Programs;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>The new versions of a publish with their hidden step ids, and how each older version leads into them.</summary>
internal sealed class PublishPlan
{
    private readonly ConcurrentDictionary<(string Journey, int Version), EditPlan> _plans = new();
    private readonly PublishedPrograms _programs;
    private readonly Draft _draft;
    private readonly LiveDocument _live;
    private readonly ImmutableSortedDictionary<string, string> _moves;
    private readonly Dictionary<string, JourneyDefinition> _next;
    private readonly Dictionary<string, JourneyDefinition> _before;

    private PublishPlan(
        PublishedPrograms programs,
        Draft draft,
        LiveDocument live,
        ImmutableSortedDictionary<string, string> moves,
        Dictionary<string, JourneyDefinition> next,
        Dictionary<string, JourneyDefinition> before) =>
        (_programs, _draft, _live, _moves, _next, _before) = (programs, draft, live, moves, next, before);

    public static async Task<PublishPlan> MakeAsync(
        PublishRequest request, Draft draft, LoyaltyProgram program, LiveDocument live, PublishedPrograms programs, CancellationToken cancellation)
    {
        var moves = request.InFlight is InFlight.Follow follow ? follow.Moves : Definitions.NoHashes;
        var next = new Dictionary<string, JourneyDefinition>(StringComparer.Ordinal);
        var before = new Dictionary<string, JourneyDefinition>(StringComparer.Ordinal);
        foreach (var name in draft.Changed)
        {
            var known = live.Journeys.GetValueOrDefault(name);
            var old = known is null ? null : await programs.DefinitionAsync(name, known.Version, cancellation);
            if (old is not null) before[name] = old;
            var definition = program.Journeys[name] with { Version = (known?.Version ?? 0) + 1 };
            // A version that comes back has the ids it had.
            var again = request.RollbackOf is { } version ? await programs.DefinitionAsync(name, version, cancellation) : null;
            next[name] = definition with
            {
                StepIds = again?.StepIds ?? StepIdentity.Assign(old, definition, moves, known?.UsedIds ?? Definitions.NoHashes),
            };
        }

        return new PublishPlan(programs, draft, live, moves, next, before);
    }

    public bool Publishes(string journey) => _next.ContainsKey(journey);

    public int? LiveVersion(string journey) => _live.Journeys.GetValueOrDefault(journey)?.Version;

    public int NextVersion(string journey) => _next[journey].Version;

    /// <summary>A move that no published journey has both ends of; null: all can be made.</summary>
    public KeyValuePair<string, string>? UnknownMove(ImmutableSortedDictionary<string, string> moves)
    {
        foreach (var move in moves)
        {
            var isKnown = _next.Any(one => one.Value.Index.Find(move.Value) is not null && _before.GetValueOrDefault(one.Key)?.Index.Find(move.Key) is not null);
            if (!isKnown) return move;
        }

        return null;
    }

    /// <summary>What a move that is not known may have meant.</summary>
    public string Suggest(KeyValuePair<string, string> move)
    {
        var now = Names(_before.Values.OfType<JourneyDefinition>());
        return now.Contains(move.Key)
            ? "in the draft: " + MapReader.Suggest(move.Value, Names(_next.Values))
            : "now: " + MapReader.Suggest(move.Key, now);
    }

    private static List<string> Names(IEnumerable<JourneyDefinition> journeys) =>
        [.. journeys.SelectMany(static one => one.Index.InOrder).Select(static place => place.Step.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>How a version leads into the one that is published.</summary>
    public async Task<EditPlan> EditPlanAsync(string journey, int version, CancellationToken cancellation)
    {
        if (_plans.TryGetValue((journey, version), out var known)) return known;
        var from = await _programs.DefinitionAsync(journey, version, cancellation)
            ?? throw new InvalidOperationException($"Version {version} of journey {journey} is not stored here.");
        return _plans.GetOrAdd((journey, version), EditPlan.Make(from, _next[journey], _moves));
    }

    /// <summary>What happens to people at a step, in words.</summary>
    public string Goes(string journey, int version, string step, InFlight? inFlight) => inFlight switch
    {
        InFlight.Pin => $"finishes on version {version}",
        InFlight.End end => $"leaves as {end.Outcome}",
        InFlight.Follow when step.Length == 0 => "begins in the new version",
        InFlight.Follow when step == RunPosition.Holdout => "stays held out",
        InFlight.Follow => _plans.GetValueOrDefault((journey, version))?.LandingOf(step).Describe() ?? "",
        _ => "",
    };

    /// <summary>Puts the new versions and what is live.</summary>
    /// <returns>Journeys with people who are now to be moved.</returns>
    public ImmutableArray<string> Put(PartitionSession session, LiveDocument live, InsideCensus census, PublishRequest request, Instant now)
    {
        var journeys = live.Journeys;
        var moving = ImmutableArray.CreateBuilder<string>();
        foreach (var (name, definition) in _next)
        {
            var known = live.Journeys.GetValueOrDefault(name);
            var people = census.PeopleIn(name);
            var own = _draft.Hashes.Where(file => !Definitions.IsJourney(file.Key) || file.Key == Definitions.JourneyPath(name));
            session.Put(
                Definitions.VersionId(name, definition.Version),
                Kinds.Definition,
                new PublishedVersion(own.ToImmutableSortedDictionary(StringComparer.Ordinal))
                {
                    At = now,
                    By = request.By,
                    InFlight = people == 0 && known is null ? null : request.InFlight?.Text,
                    RollbackOf = request.RollbackOf,
                    StepIds = definition.StepIds,
                });
            journeys = journeys.SetItem(name, new LiveJourney(definition.Version, _draft.Hashes[Definitions.JourneyPath(name)])
            {
                PausedAt = known?.PausedAt,
                UsedIds = (known?.UsedIds ?? Definitions.NoHashes).SetItems(StepIdentity.Of(definition)),
            });
            // Also where nobody was counted: whoever enters on the old version while this is published follows.
            if (known is not null && request.InFlight is InFlight.Follow or InFlight.End) moving.Add(name);
        }

        foreach (var name in _draft.Withdrawn) journeys = journeys.SetItem(name, journeys[name] with { WithdrawnAt = now });
        var files = _draft.Hashes.Where(static file => !Definitions.IsJourney(file.Key)).ToImmutableSortedDictionary(StringComparer.Ordinal);
        session.Put(Definitions.LiveId, Kinds.Definition, live with
        {
            Revision = live.Revision + 1,
            Files = files,
            ProgramVersion = _draft.ChangedFiles.IsEmpty ? live.ProgramVersion : live.ProgramVersion + 1,
            ProgramAt = _draft.ChangedFiles.IsEmpty ? live.ProgramAt : now,
            Journeys = journeys,
        });
        return moving.ToImmutable();
    }

    /// <summary>Asks for the people of a journey to be moved, in the same batch.</summary>
    public Task AskAsync(PartitionSession session, string journey, PublishRequest request, RunProtocolSettings settings, Instant now, CancellationToken cancellation)
    {
        var edit = new PublishedEdit(_next[journey].Version, now)
        {
            Outcome = (request.InFlight as InFlight.End)?.Outcome,
            Moves = _moves,
            SpreadOverSeconds = request.SpreadOver is { } over ? (long)over.TotalSeconds : null,
        };
        return EditsRequest.PutAsync(session, journey, edits => edits with { Edits = edits.Edits.Add(edit) }, now, settings, cancellation);
    }
}
