using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys.Edits;
using Loyalty.Engine.Programs;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>What happens to people inside; a closed set.</summary>
public abstract record InFlight
{
    private InFlight()
    {
    }

    /// <summary>They finish on their own version.</summary>
    public sealed record Pin : InFlight;

    /// <summary>They go on in the new version, from the step of the same name or by the named moves.</summary>
    public sealed record Follow(ImmutableSortedDictionary<string, string> Moves) : InFlight;

    /// <summary>They leave with this outcome.</summary>
    public sealed record End(string Outcome) : InFlight;

    /// <summary>As it is written: <c>pin</c>, <c>follow</c>, <c>map a=b,c=d</c>, <c>end OUTCOME</c>.</summary>
    public string Text => this switch
    {
        Pin => "pin",
        End end => "end " + end.Outcome,
        Follow { Moves.IsEmpty: false } map => "map " + string.Join(',', map.Moves.Select(static move => $"{move.Key}={move.Value}")),
        _ => "follow",
    };

    /// <summary>Reads what <see cref="Text"/> writes; <c>map</c> and <c>end</c> may come as two words or with a blank between.</summary>
    /// <returns>null: it is none of these.</returns>
    public static InFlight? Parse(string text)
    {
        var words = text.Trim().Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["pin"]: return new Pin();
            case ["follow"]: return new Follow(Definitions.NoHashes);
            case ["end", var outcome] when Names.IsName(outcome): return new End(outcome);
            case ["map", var list]:
                var moves = Definitions.NoHashes;
                foreach (var one in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    var pair = one.Split('=', StringSplitOptions.TrimEntries);
                    if (pair.Length != 2 || !Names.IsName(pair[0]) || !Names.IsName(pair[1]) || moves.ContainsKey(pair[0])) return null;
                    moves = moves.Add(pair[0], pair[1]);
                }

                return moves.IsEmpty ? null : new Follow(moves);
            default: return null;
        }
    }
}

/// <summary>What is to be published.</summary>
public sealed record PublishRequest
{
    /// <summary>The draft: a whole program, path → bytes.</summary>
    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files { get; init; }

    /// <summary>Only these journeys, with the draft's program.yaml and templates; empty: everything that differs, and journeys without a file are withdrawn.</summary>
    public ImmutableArray<string> Journeys { get; init; } = [];

    /// <summary>What happens to people inside; null: it must not be published with people inside.</summary>
    public InFlight? InFlight { get; init; }

    /// <summary>Those whose moment the edit puts into the past go on spread over this long; null: at once.</summary>
    public Duration? SpreadOver { get; init; }

    /// <summary>Past subjects (customers, assets) of the journeys that differ, or are named, enter as well; the host lets them in.</summary>
    public bool EnrolsExisting { get; init; }

    /// <summary>False: only the preview.</summary>
    public bool Commit { get; init; }

    /// <summary><c>command</c> or <c>http</c>.</summary>
    public required string By { get; init; }

    /// <summary>The version whose bytes the draft's journey has.</summary>
    public int? RollbackOf { get; init; }
}

/// <summary>What publishing would do, or did.</summary>
public sealed record PublishPreview
{
    /// <summary>Journeys that differ.</summary>
    public ImmutableArray<JourneyImpact> Journeys { get; init; } = [];

    /// <summary>program.yaml and templates that differ, by path.</summary>
    public ImmutableArray<string> Files { get; init; } = [];

    /// <summary>Earning rules, games, offers, tiers and referrals that change, with their versions.</summary>
    public ImmutableArray<RuleChange> Rules { get; init; } = [];

    /// <summary>Warnings, and errors where publishing is refused for them.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>People inside the journeys that differ.</summary>
    public long People => Journeys.Sum(static one => one.People);
}

/// <summary>What publishing does to one journey.</summary>
/// <param name="Journey">Its name.</param>
/// <param name="From">The live version; null: it is new.</param>
/// <param name="To">The version that is published; null: it is withdrawn.</param>
/// <param name="People">Inside, on whatever version.</param>
/// <param name="Steps">By version and step.</param>
public sealed record JourneyImpact(string Journey, int? From, int? To, long People, ImmutableArray<StepImpact> Steps)
{
    /// <summary>How many runs the audience, or the enrolment of existing subjects, would begin now; null: neither is asked for.</summary>
    public int? Enters { get; init; }
}

/// <summary>The people at one step.</summary>
/// <param name="Version">The version they are on.</param>
/// <param name="Step">Where they are; empty: they have not begun; <c>(holdout)</c>: measured only.</param>
/// <param name="People">How many.</param>
/// <param name="Goes">What happens to them.</param>
/// <param name="DueNow">Of them: the edit puts their moment into the past, so that they go on at once or within the spread.</param>
public sealed record StepImpact(int Version, string Step, long People, string Goes, long DueNow);

/// <summary>How publishing went; a closed set.</summary>
public abstract record PublishOutcome
{
    private PublishOutcome()
    {
    }

    /// <summary>Nothing is published.</summary>
    public sealed record Refused(RefusalCode Code, string Detail, PublishPreview Preview) : PublishOutcome;

    /// <summary>Nothing is published yet: this is what would happen.</summary>
    public sealed record Previewed(PublishPreview Preview) : PublishOutcome;

    /// <summary>The draft is what is live.</summary>
    public sealed record Unchanged(PublishPreview Preview) : PublishOutcome;

    /// <summary>Live from now on; people inside these journeys are on their way.</summary>
    public sealed record Published(PublishPreview Preview, ImmutableArray<string> Moving) : PublishOutcome;
}
