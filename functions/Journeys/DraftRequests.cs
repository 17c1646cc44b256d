using System.Text;
using Loyalty.Core;
using Loyalty.Core.Calendars;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Functions.Http;
using Microsoft.AspNetCore.Http;
using NodaTime;

namespace Loyalty.Functions.Journeys;

/// <summary>Reads drafts from requests and makes publish requests of them.</summary>
internal static class DraftRequests
{
    /// <summary>Bytes of a draft, at most.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>The draft in a body: JSON, or a journey's YAML as it is.</summary>
    public static async Task<(DraftBody? Draft, IResult? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var bytes = await RequestBody.ReadAsync(request, MaxBytes, cancellation);
        if (bytes.Length > MaxBytes) return (null, Problems.Result(RefusalCode.BodyTooLarge, $"A draft may have {MaxBytes / 1024 / 1024} MiB."));
        var type = request.ContentType ?? "application/json";
        if (type.Contains("yaml", StringComparison.OrdinalIgnoreCase)) return (new DraftBody { Yaml = Encoding.UTF8.GetString(bytes.Span) }, null);
        if (!type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return (null, Problems.Result(RefusalCode.UnsupportedMediaType, "Send application/json, or a journey's file as application/yaml."));
        }

        return bytes.IsEmpty ? (new DraftBody(), null) : JsonRequest.Parse<DraftBody>(bytes.Span);
    }

    /// <summary>The live files with the draft's over them.</summary>
    /// <param name="live">What is live; changed in place.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="journey">Whose file <see cref="DraftBody.Yaml"/> is; null: it has none.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static IResult? Apply(Dictionary<string, ReadOnlyMemory<byte>> live, DraftBody draft, string? journey)
    {
        foreach (var (path, text) in draft.Files ?? [])
        {
            if (!ProgramLoader.IsOurs(path) || path.Contains("..", StringComparison.Ordinal))
            {
                return Problems.Result(RefusalCode.InvalidField, $"files: '{path}' is no file of a program; expected program.yaml, journeys/NAME.yaml, templates/NAME/LOCALE.hbs.");
            }

            if (text is null) live.Remove(path);
            else live[path] = Encoding.UTF8.GetBytes(text);
        }

        if (journey is null) return null;
        if (!Names.IsName(journey)) return Problems.Result(RefusalCode.InvalidField, $"'{journey}' is no name for a journey: {Names.Rule}.");
        if (draft.Yaml is { } yaml) live[Definitions.JourneyPath(journey)] = Encoding.UTF8.GetBytes(yaml);
        return null;
    }

    /// <summary>What happens to people inside, and over how long.</summary>
    public static (InFlight? InFlight, Duration? SpreadOver, IResult? Refusal) Choices(DraftBody draft)
    {
        InFlight? inFlight = null;
        if (draft.Enrol is not (null or "existing")) return (null, null, Problems.Result(RefusalCode.InvalidField, $"enrol: '{draft.Enrol}'; expected existing."));
        if (draft.InFlight is { } text && (inFlight = InFlight.Parse(text)) is null)
        {
            return (null, null, Problems.Result(RefusalCode.InvalidField, $"inFlight: '{text}'; expected pin, follow, map old=new,… or end OUTCOME."));
        }

        if (draft.Due is null) return (inFlight, null, null);
        return DueChoice.Parse(draft.Due) is { } over
            ? (inFlight, over, null)
            : (null, null, Problems.Result(RefusalCode.InvalidField, $"due: '{draft.Due}'; expected spread-over and a time of up to 7 days, e.g. spread-over 4h."));
    }

    /// <summary>The answer to a publish.</summary>
    public static IResult Answer(PublishOutcome outcome) => outcome switch
    {
        PublishOutcome.Refused refused => Results.Json(
            PublishProblem.Of(refused), LoyaltyJson.Options, Engine.Refusals.Problem.ContentType, Engine.Refusals.RefusalTable.Status(refused.Code)),
        PublishOutcome.Previewed previewed => Problems.Json(new PublishView("preview", previewed.Preview, [])),
        PublishOutcome.Published published => Problems.Json(new PublishView("published", published.Preview, published.Moving)),
        PublishOutcome.Unchanged unchanged => Problems.Json(new PublishView("unchanged", unchanged.Preview, [])),
        _ => throw new InvalidOperationException("An unknown outcome of a publish."),
    };
}
