using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Refusals;
using Loyalty.Functions.Http;
using NodaTime;

namespace Loyalty.Functions.Journeys;

/// <summary>A journey on the wire.</summary>
public sealed record JourneyView
{
    public required string Journey { get; init; }
    public string? Title { get; init; }
    public string? Stage { get; init; }
    public required int Version { get; init; }

    /// <summary><c>live</c>, <c>paused</c> or <c>withdrawn</c>.</summary>
    public required string State { get; init; }
    public Instant? PausedAt { get; init; }
    public Instant? WithdrawnAt { get; init; }

    /// <summary>What is being done to the people inside; null: nothing.</summary>
    public EditsView? Edits { get; init; }

    /// <summary>The live version's file; only where one journey was asked for.</summary>
    public string? Yaml { get; init; }
}

/// <summary>How far a publish or resume is with the people inside.</summary>
/// <param name="ChangedAt">When it was asked for.</param>
/// <param name="MovedAt">When everybody inside had been gone through; null: under way.</param>
/// <param name="IsRunning">False: nobody can come late any more.</param>
/// <param name="Counts">What was done so far.</param>
public sealed record EditsView(Instant ChangedAt, Instant? MovedAt, bool IsRunning, EditCounts Counts)
{
    public static EditsView? Of(EditsDocument? edits) => edits is null ? null : new EditsView(edits.ChangedAt, edits.MovedAt, edits.IsRunning, edits.Counts);
}

/// <summary>A published version on the wire.</summary>
public sealed record VersionView(int Version, bool IsLive, Instant? At, string? By, string? InFlight, int? RollbackOf, string Hash);

/// <summary>The program on the wire: what is live besides the journeys.</summary>
public sealed record ProgramView(int Version, Instant? At, int Revision, ImmutableSortedDictionary<string, string> Files);

/// <summary>Findings of a draft.</summary>
public sealed record ValidationView(bool IsValid, IReadOnlyList<Finding> Findings);

/// <summary>A draft: what differs from what is live.</summary>
public sealed record DraftBody
{
    /// <summary>The journey's name, where the route has none.</summary>
    public string? Journey { get; init; }

    /// <summary>The journey's file.</summary>
    public string? Yaml { get; init; }

    /// <summary>Of a draft of the whole program only these journeys, with its program.yaml and templates; null: everything that differs.</summary>
    public string[]? Journeys { get; init; }

    /// <summary>Other files by path (<c>program.yaml</c>, <c>templates/welcome/en.hbs</c>); null takes a file away.</summary>
    public Dictionary<string, string?>? Files { get; init; }

    /// <summary><c>pin</c>, <c>follow</c>, <c>map old=new,…</c> or <c>end OUTCOME</c>.</summary>
    public string? InFlight { get; init; }

    /// <summary><c>spread-over 4h</c>.</summary>
    public string? Due { get; init; }

    /// <summary><c>existing</c>: past subjects enter as well.</summary>
    public string? Enrol { get; init; }

    /// <summary>The version to go back to (rollback).</summary>
    public int? Version { get; init; }

    /// <summary>False, the default: only the preview.</summary>
    public bool Commit { get; init; }
}

/// <summary>What publishing did or would do.</summary>
/// <param name="State"><c>preview</c>, <c>unchanged</c> or <c>published</c>.</param>
/// <param name="Preview">What it is about.</param>
/// <param name="Moving">Journeys whose people are on their way.</param>
public sealed record PublishView(string State, PublishPreview Preview, ImmutableArray<string> Moving);

/// <summary>A refused publish: RFC 9457 with findings and counts.</summary>
public sealed record PublishProblem(string Type, string Title, int Status, string? Detail, string Code, PublishPreview Preview)
{
    public static PublishProblem Of(PublishOutcome.Refused refused)
    {
        var problem = RefusalTable.ToProblem(refused.Code, refused.Detail);
        return new PublishProblem(problem.Type, problem.Title, problem.Status, problem.Detail, problem.Code, refused.Preview);
    }
}

/// <summary>Runs on the wire.</summary>
public sealed record RunListView(IReadOnlyList<RunView> Runs, bool HasMore)
{
    public static RunListView Of(RunList list) => new([.. list.Runs.Select(static run => RunView.Of(run))], list.HasMore);
}
