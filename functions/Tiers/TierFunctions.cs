using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.Tiers;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.Journeys;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Tiers;

/// <summary>What another definition of the tiers would do, before it is published.</summary>
public sealed class TierFunctions(PublishUseCase publishing, PreviewTiers preview)
{
    [Function("PreviewTiers")]
    [Access(Role.Marketer)]
    [Operation(
        "Who would have another tier under changed files (program.yaml): how many up, down and the same, by tier, with some of the people. Writes nothing.",
        Body = typeof(DraftBody),
        Answer = typeof(TierPreviewView),
        Refusals = [RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType, RefusalCode.ProgramInvalid])]
    [Parameter("sample", "People shown of each move, 0 to 100; default 5.")]
    public async Task<IResult> PreviewAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tiers/preview")] HttpRequest request, CancellationToken cancellation)
    {
        var shown = 5;
        if (request.Query["sample"].FirstOrDefault() is { Length: > 0 } text
            && (!int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out shown) || shown > Engine.Tiers.PreviewTiers.MostShown))
        {
            return Problems.Result(RefusalCode.InvalidField, $"sample: 0 to {Engine.Tiers.PreviewTiers.MostShown} was expected.");
        }

        var (draft, refusal) = await DraftRequests.ReadAsync(request, cancellation);
        if (draft is null) return refusal!;
        var files = await publishing.LiveFilesAsync(cancellation);
        if (DraftRequests.Apply(files, draft, journey: null) is { } wrong) return wrong;
        var load = ProgramLoader.Load(files);
        return load.Program is { } program
            ? Problems.Json(await preview.PreviewAsync(program.Model.Tiers, shown, cancellation))
            : DraftRequests.Answer(new PublishOutcome.Refused(RefusalCode.ProgramInvalid, "The draft has errors.", new PublishPreview { Findings = load.Findings }));
    }
}
