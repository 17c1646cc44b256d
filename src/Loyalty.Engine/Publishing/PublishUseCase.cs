using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys.Edits;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>Publishes drafts, rolls back, pauses and resumes. Whatever it changes is one batch under the ETag of what was live.</summary>
public sealed class PublishUseCase(
    IDocumentStore store, PublishedPrograms programs, IProgramCheck check, AdvanceRunUseCase turns, RunProtocolSettings settings, IClock clock,
    PublishForecast forecast)
{
    private readonly RunEditing _editing = new(store, programs, turns, settings, clock);

    /// <summary>All findings of a draft; what refers to other files is checked against them.</summary>
    public IReadOnlyList<Finding> Validate(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) => DraftCheck.Findings(ProgramLoader.Load(files), check);

    /// <summary>What is live, byte for byte.</summary>
    public async Task<Dictionary<string, ReadOnlyMemory<byte>>> LiveFilesAsync(CancellationToken cancellation = default) =>
        await programs.FilesAsync(await LiveAsync(cancellation), cancellation);

    /// <summary>What is live.</summary>
    public async Task<LiveDocument> LiveAsync(CancellationToken cancellation = default) =>
        await new PartitionSession(store, Definitions.Partition).ReadAsync<LiveDocument>(Definitions.LiveId, cancellation) ?? new LiveDocument();

    /// <summary>Publishes a draft, or shows what publishing it would do.</summary>
    public Task<PublishOutcome> PublishAsync(PublishRequest request, CancellationToken cancellation = default) =>
        Attempts.UntilCommittedAsync(() => TryPublishAsync(request, cancellation));

    /// <summary>Publishes the bytes of an older version as the newest one; everything else stays as it is.</summary>
    public async Task<PublishOutcome> RollbackAsync(
        string journey, int version, InFlight? inFlight, Duration? spreadOver, bool commit, string by, CancellationToken cancellation = default)
    {
        var session = new PartitionSession(store, Definitions.Partition);
        if (await session.ReadAsync<PublishedVersion>(Definitions.VersionId(journey, version), cancellation) is not { } published)
        {
            return new PublishOutcome.Refused(RefusalCode.NotFound, NoVersion(journey, version, await LiveAsync(cancellation)), new PublishPreview());
        }

        var path = Definitions.JourneyPath(journey);
        var files = await LiveFilesAsync(cancellation);
        var own = await Definitions.ReadFilesAsync(store, [KeyValuePair.Create(path, published.Files[path])], cancellation);
        files[path] = own![path];
        return await PublishAsync(
            new PublishRequest
            {
                Files = files,
                Journeys = [journey],
                InFlight = inFlight,
                SpreadOver = spreadOver,
                Commit = commit,
                By = by,
                RollbackOf = version,
            },
            cancellation);
    }

    private static string NoVersion(string journey, int version, LiveDocument live)
    {
        if (live.Journeys.GetValueOrDefault(journey) is not { } known) return $"There is no journey '{journey}'. There are: {string.Join(", ", live.Journeys.Keys)}.";
        return version < 1
            ? $"The journey '{journey}' has no version before the live one, which is its first."
            : $"The journey '{journey}' has no version {version}; it has 1 to {known.Version}.";
    }

    /// <summary>Pauses a journey: whoever is due is held, whoever enters waits at the begin; exit and erase act at once. Paused twice is paused.</summary>
    /// <returns>null: done; else why not.</returns>
    public Task<RefusalCode?> PauseAsync(string journey, CancellationToken cancellation = default) =>
        SwitchAsync(journey, paused: true, cancellation);

    /// <summary>Lets a paused journey go on; its held runs are armed again by <see cref="RunEditsUseCase"/>.</summary>
    /// <inheritdoc cref="PauseAsync"/>
    public Task<RefusalCode?> ResumeAsync(string journey, CancellationToken cancellation = default) =>
        SwitchAsync(journey, paused: false, cancellation);

    private async Task<PublishOutcome?> TryPublishAsync(PublishRequest request, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Definitions.Partition);
        var live = await session.ReadAsync<LiveDocument>(Definitions.LiveId, cancellation) ?? new LiveDocument();
        var liveFiles = await programs.FilesAsync(live, cancellation);
        if (request.Journeys.FirstOrDefault(name => !request.Files.ContainsKey(Definitions.JourneyPath(name))) is { } missing)
        {
            return new PublishOutcome.Refused(RefusalCode.NotFound, $"The draft has no {Definitions.JourneyPath(missing)}.", new PublishPreview());
        }

        var draft = new Draft(request, live, liveFiles);
        var load = ProgramLoader.Load(draft.Files);
        var preview = new PublishPreview { Findings = DraftCheck.Findings(load, check), Files = draft.ChangedFiles };
        if (load.Program is null || preview.Findings.Any(static one => one.Severity == FindingSeverity.Error))
        {
            return new PublishOutcome.Refused(RefusalCode.ProgramInvalid, "The draft has errors.", preview);
        }

        var rules = live.Rules;
        if (!draft.ChangedFiles.IsEmpty)
        {
            var was = ProgramLoader.Load(liveFiles, isPublished: true).Program;
            rules = RuleVersions.Next(live.Rules, was, load.Program);
            preview = preview with { Rules = RuleVersions.Changes(live.Rules, was, load.Program) };
        }

        var enters = await forecast.OfAsync(load.Program, draft.Changed.Union(request.Journeys), request.EnrolsExisting, cancellation);
        if (enters.Findings.Count > 0)
        {
            preview = preview with { Findings = [.. enters.Findings, .. preview.Findings] };
            return new PublishOutcome.Refused(RefusalCode.ProgramInvalid, "The provider's quota cannot carry the people who would enter.", preview);
        }

        if (draft.Changed.IsEmpty && draft.Withdrawn.IsEmpty && draft.ChangedFiles.IsEmpty) return await UnchangedAsync(request, live, preview, enters, cancellation);
        var plan = await PublishPlan.MakeAsync(request, draft, load.Program, live, programs, cancellation);
        var census = new InsideCensus(store);
        await census.CountAsync(live.Journeys.Keys.ToDictionary(static name => name, name => Rehearsal(name, plan, request, cancellation), StringComparer.Ordinal), cancellation);
        if (await RefusalAsync(request, draft, plan, census, preview, cancellation) is { } refused) return refused;
        if (!request.Commit) return new PublishOutcome.Previewed(enters.Show(Show(preview, draft, plan, census, request.InFlight)));

        var moving = plan.Put(session, live with { Rules = rules }, census, request, clock.GetCurrentInstant());
        foreach (var journey in moving) await plan.AskAsync(session, journey, request, settings, clock.GetCurrentInstant(), cancellation);
        await Definitions.KeepFilesAsync(store, draft.Files, cancellation);
        if (!await session.CommitAsync(cancellation)) return null;
        await programs.RefreshAsync(cancellation);
        if (request.EnrolsExisting) await forecast.EnrolAsync(draft.Changed.Union(request.Journeys), cancellation);
        return new PublishOutcome.Published(enters.Show(Show(preview, draft, plan, census, request.InFlight)), moving);
    }

    /// <summary>Nothing differs; existing subjects of the named journeys may enter all the same, also where an earlier publish was cut off before they did.</summary>
    private async Task<PublishOutcome> UnchangedAsync(
        PublishRequest request, LiveDocument live, PublishPreview preview, ForecastEntries enters, CancellationToken cancellation)
    {
        if (!request.EnrolsExisting || request.Journeys.IsDefaultOrEmpty) return new PublishOutcome.Unchanged(preview);
        var shown = enters.Show(preview with
        {
            Journeys = [.. request.Journeys.Select(name => new JourneyImpact(name, live.Journeys[name].Version, live.Journeys[name].Version, 0, []))],
        });
        if (!request.Commit) return new PublishOutcome.Previewed(shown);
        await forecast.EnrolAsync(request.Journeys, cancellation);
        return new PublishOutcome.Published(shown, []);
    }

    /// <summary>Why it must not be published although the draft itself is sound.</summary>
    private async Task<PublishOutcome?> RefusalAsync(
        PublishRequest request, Draft draft, PublishPlan plan, InsideCensus census, PublishPreview preview, CancellationToken cancellation)
    {
        var shown = Show(preview, draft, plan, census, request.InFlight);
        var inside = draft.Changed.Where(name => census.PeopleIn(name) > 0).ToList();
        if (inside.Count > 0 && request.InFlight is null)
        {
            var who = string.Join(", ", inside.Select(name => $"{name} ({census.PeopleIn(name)})"));
            return new PublishOutcome.Refused(RefusalCode.InFlightNeeded, $"People are inside {who}: say what happens to them.", shown);
        }

        if (request.InFlight is InFlight.Follow follow)
        {
            if (plan.UnknownMove(follow.Moves) is { } unknown)
            {
                return new PublishOutcome.Refused(RefusalCode.InvalidField, $"map: no journey that is published has a step '{unknown.Key}' now and a step '{unknown.Value}' in the draft; {plan.Suggest(unknown)}", shown);
            }

            foreach (var name in inside)
            {
                foreach (var version in census.VersionsOf(name))
                {
                    if ((await plan.EditPlanAsync(name, version, cancellation)).Stranded is { IsEmpty: false } stranded)
                    {
                        return new PublishOutcome.Refused(
                            RefusalCode.NoLanding,
                            $"{name}: nothing follows the removed step{(stranded.Length > 1 ? "s" : "")} {string.Join(", ", stranded)} of version {version}; name a step with map {stranded[0]}=STEP.",
                            shown);
                    }
                }
            }
        }

        var unsuited = await UnsuitedAsync(request, draft, census, cancellation);
        return unsuited.Count == 0
            ? null
            : new PublishOutcome.Refused(
                RefusalCode.ProgramInvalid, "The draft's templates do not suit a version with people inside.", shown with { Findings = [.. unsuited, .. shown.Findings] });
    }

    /// <summary>Templates are versioned apart: the newest must suit every version with people inside who stay on it.</summary>
    private async Task<List<Finding>> UnsuitedAsync(PublishRequest request, Draft draft, InsideCensus census, CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        foreach (var name in census.Journeys)
        {
            if (draft.Changed.Contains(name) && request.InFlight is InFlight.Follow or InFlight.End) continue;
            foreach (var version in census.VersionsOf(name))
            {
                var session = new PartitionSession(store, Definitions.Partition);
                if (await session.ReadAsync<PublishedVersion>(Definitions.VersionId(name, version), cancellation) is not { } published) continue;
                findings.AddRange(await DraftCheck.SuitsAsync(store, published, name, version, draft.Files, cancellation));
            }
        }

        return findings;
    }

    /// <summary>The edit on a run, without committing: would it be due at once? Done while the runs are counted, which reads each of them anyway.</summary>
    /// <returns>null: nobody asked, or nobody follows.</returns>
    private Func<PartitionSession, RunDocument, Task<bool>>? Rehearsal(string journey, PublishPlan plan, PublishRequest request, CancellationToken cancellation)
    {
        if (request.Commit || request.InFlight is not InFlight.Follow follow || !plan.Publishes(journey) || plan.UnknownMove(follow.Moves) is not null) return null;
        var spread = request.SpreadOver is { } over ? (long?)over.TotalSeconds : null;
        return async (session, run) =>
        {
            var edit = await plan.EditPlanAsync(journey, run.Run.Version, cancellation);
            return await _editing.FollowAsync(session, run, edit, spread, cancellation) is { IsDueNow: true };
        };
    }

    private static PublishPreview Show(PublishPreview preview, Draft draft, PublishPlan plan, InsideCensus census, InFlight? inFlight) => preview with
    {
        Journeys =
        [
            .. draft.Changed.Select(name => new JourneyImpact(
                name,
                plan.LiveVersion(name),
                plan.NextVersion(name),
                census.PeopleIn(name),
                census.StepsOf(name, (version, step) => plan.Goes(name, version, step, inFlight)))),
            .. draft.Withdrawn.Select(name => new JourneyImpact(
                name, plan.LiveVersion(name), null, census.PeopleIn(name), census.StepsOf(name, static (version, _) => $"finishes on version {version}"))),
        ],
    };

    private async Task<RefusalCode?> SwitchAsync(string journey, bool paused, CancellationToken cancellation)
    {
        var done = await Attempts.UntilCommittedAsync(() => TrySwitchAsync(journey, paused, cancellation));
        await programs.RefreshAsync(cancellation);
        return done.Code;
    }

    private async Task<Switched?> TrySwitchAsync(string journey, bool paused, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Definitions.Partition);
        var live = await session.ReadAsync<LiveDocument>(Definitions.LiveId, cancellation);
        if (live?.Journeys.GetValueOrDefault(journey) is not { } one) return new Switched(RefusalCode.NotFound);
        if (one.PausedAt is not null == paused) return new Switched(null);
        var now = clock.GetCurrentInstant();
        var next = live with
        {
            Revision = live.Revision + 1,
            Journeys = live.Journeys.SetItem(journey, one with { PausedAt = paused ? now : null }),
        };
        session.Put(Definitions.LiveId, Kinds.Definition, next);
        if (!paused) await EditsRequest.PutAsync(session, journey, static edits => edits with { Rearms = true }, now, settings, cancellation);
        return await session.CommitAsync(cancellation) ? new Switched(null) : null;
    }

    private sealed record Switched(RefusalCode? Code);
}
