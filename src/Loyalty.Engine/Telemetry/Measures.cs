using System.Diagnostics;
using System.Diagnostics.Metrics;
using NodaTime;

namespace Loyalty.Engine.Telemetry;

/// <summary>What is measured of runs, messages and the due scan; docs/operations/metrics.md says what each tells.</summary>
public static class Measures
{
    /// <summary>Name of the meter of everything the program measures.</summary>
    public const string MeterName = "Loyalty";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Turns = Meter.CreateCounter<long>("loyalty.runs.turns", "{turn}", "Turns that were committed.");
    private static readonly Counter<long> FailedTurns = Meter.CreateCounter<long>("loyalty.runs.failed_turns", "{turn}", "Turns that failed for good and are tried again later.");
    private static readonly Counter<long> HandedOver = Meter.CreateCounter<long>("loyalty.messages.handed_over", "{message}", "Calls of the mail provider by outcome.");
    private static readonly Counter<long> HeldBack = Meter.CreateCounter<long>("loyalty.messages.held", "{message}", "Messages that were given a later moment, by reason.");
    private static readonly Counter<long> UnknownOutcomes = Meter.CreateCounter<long>("loyalty.messages.unknown", "{message}", "Messages whose outcome nobody can tell until a report comes or the window ends.");
    private static readonly Counter<long> Scans = Meter.CreateCounter<long>("loyalty.due.scans", "{scan}", "Due scans.");
    private static readonly Counter<long> Found = Meter.CreateCounter<long>("loyalty.due.found", "{document}", "Documents that due scans found.");
    private static readonly Gauge<double> OldestAge = Meter.CreateGauge<double>("loyalty.due.oldest_age", "s", "Age of the oldest due document at the last scan.");

    private static readonly Counter<long> Limited = Meter.CreateCounter<long>("loyalty.http.rate_limited", "{request}", "Requests that were refused because their caller was over a limit.");

    /// <summary>A request was over a limit.</summary>
    /// <param name="limit">Which, in lower case: <c>ingest</c>, <c>key</c>, <c>address</c>, <c>link</c>, <c>token</c>, <c>refused</c>.</param>
    public static void RateLimited(string limit) => Limited.Add(1, new TagList { { "limit", limit } });

    /// <summary>A turn was committed.</summary>
    /// <param name="journey">The run's journey.</param>
    public static void Turn(string journey)
    {
        if (Turns.Enabled) Turns.Add(1, new TagList { { "journey", journey } });
    }

    /// <summary>A turn failed for good.</summary>
    /// <param name="journey">The run's journey.</param>
    /// <param name="isStalled">The run is flagged: ten in a row.</param>
    public static void FailedTurn(string journey, bool isStalled) => FailedTurns.Add(1, new TagList { { "journey", journey }, { "stalled", isStalled } });

    /// <summary>The provider was called.</summary>
    /// <param name="template">What was sent.</param>
    /// <param name="outcome"><c>accepted</c>, <c>refused</c>, <c>unknown</c>, <c>busy</c>.</param>
    public static void Handed(string template, string outcome) => HandedOver.Add(1, new TagList { { "template", template }, { "outcome", outcome } });

    /// <summary>A message has to wait.</summary>
    /// <param name="reason">One of the reasons of docs/reference/errors.md.</param>
    public static void Held(string reason) => HeldBack.Add(1, new TagList { { "reason", reason } });

    /// <summary>Nobody can tell whether a message went.</summary>
    /// <param name="template">What was sent.</param>
    public static void Unknown(string template) => UnknownOutcomes.Add(1, new TagList { { "template", template } });

    /// <summary>A due scan ended.</summary>
    /// <param name="found">How many documents were due.</param>
    /// <param name="oldest">How long the oldest has been due; zero where nothing was.</param>
    public static void Scanned(int found, Duration oldest)
    {
        Scans.Add(1);
        Found.Add(found);
        OldestAge.Record(oldest.TotalSeconds);
    }
}
