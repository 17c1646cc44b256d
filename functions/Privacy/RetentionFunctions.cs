using System.Globalization;
using Loyalty.Core;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Loyalty.Functions.Privacy;

/// <summary>Every ten minutes a part of the day's pass over people who are inactive, until it is done; nothing where no period is set.</summary>
public sealed partial class EnforceRetention(RetentionPass pass, ILogger<EnforceRetention> logger)
{
    [Function(nameof(EnforceRetention))]
    public async Task RunAsync([TimerTrigger("0 */10 * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellation)
    {
        if (await pass.AdvanceAsync(cancellation) is { IsDone: true, IsNews: true } state) PassDone(logger, state.Seen, state.Erased);
    }

    [LoggerMessage(4200, LogLevel.Information, "The day's retention pass has looked at {Seen} people and begun to erase {Erased} who are inactive.")]
    private static partial void PassDone(ILogger logger, int seen, int erased);
}

/// <summary>Who would go, before an operator sets a period.</summary>
public sealed class PreviewRetention(RetentionPreview preview)
{
    private const int MostPeople = 1000;
    private const int Default = 100;

    /// <summary>Characters of a wrong value that are told.</summary>
    private const int MostShown = 40;

    [Function(nameof(PreviewRetention))]
    [Access(Role.Operator)]
    [Operation("Who would be erased for having done nothing for so many days: how many, the first ids, and who is kept all the same. At most 10,000 people are looked at; next leads on.", Answer = typeof(RetentionForecast), Refusals = [RefusalCode.InvalidField])]
    [Parameter("days", "365 to 3650; default: Privacy__Retention__InactiveDays.")]
    [Parameter("first", "How many are told by id, 0 to 1,000; default 100.")]
    [Parameter("from", "The next of the part before; default: the beginning.")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "privacy/retention")] HttpRequest request, CancellationToken cancellation)
    {
        if (Number(request, "days", preview.DaysSet, RetentionPreview.LeastDays, RetentionPreview.MostDays) is not { } days)
            return Problems.Result(RefusalCode.InvalidField, Expected(request, "days", "365 to 3650", "Privacy__Retention__InactiveDays is not set"));
        if (Number(request, "first", Default, 0, MostPeople) is not { } first) return Problems.Result(RefusalCode.InvalidField, Expected(request, "first", "0 to 1000"));
        return await preview.ReadAsync(days, first, request.Query["from"].FirstOrDefault(), cancellation) is { } forecast
            ? Problems.Json(forecast)
            : Problems.Result(RefusalCode.InvalidField, "from is the 'next' of an earlier answer.");
    }

    private static string Expected(HttpRequest request, string name, string range, string? without = null) =>
        request.Query[name].FirstOrDefault() is { Length: > 0 } text ? $"{name} is '{(text.Length > MostShown ? text[..MostShown] + "…" : text)}'; expected {range}." : $"{name} is missing and {without}; expected {range}.";

    /// <returns>null: it is no number in the range, or is missing without a default.</returns>
    private static int? Number(HttpRequest request, string name, int? fallback, int least, int most)
    {
        if (request.Query[name].FirstOrDefault() is not { Length: > 0 } text) return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;
    }
}
