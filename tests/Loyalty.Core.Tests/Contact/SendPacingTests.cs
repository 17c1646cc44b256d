using System.Globalization;
using Loyalty.Core.Contact;
using NodaTime;

namespace Loyalty.Core.Tests.Contact;

/// <summary>Quota, warm-up, budget and turns.</summary>
public sealed class SendPacingTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 3, 10, 0);

    [Fact]
    public void Ask_ABacklogOfAllLanes_PacedByPriorityAndNeverAboveTheQuota()
    {
        var quota = new ProviderQuota(PerMinute: 100, PerHour: 2000);
        // Lanes arrive mixed, the least important first.
        var waiting = new PriorityQueue<(int Number, SendLane Lane, bool HasTurn), Instant>();
        for (var i = 0; i < 6000; i++) waiting.Enqueue((i, (SendLane)(3 - (i % 4)), false), Start);

        var (sent, asks) = Play(quota, null, waiting);

        Assert.Equal(6000, sent.Count);
        Assert.True(sent.GroupBy(static one => one.At.ToUnixTimeSeconds() / 60).Max(static minute => minute.Count()) <= 100);
        Assert.True(sent.GroupBy(static one => one.At.ToUnixTimeSeconds() / 3600).Max(static hour => hour.Count()) <= 2000);
        Assert.True(asks < 6000 * 4, $"{asks} asks, the last at {sent[^1].At}");
        var last = sent.GroupBy(static one => one.Lane).ToDictionary(static lane => lane.Key, static lane => lane.Average(static one => (one.At - Start).TotalMinutes));
        Assert.Equal(last.OrderBy(static lane => lane.Value).Select(static lane => lane.Key), Enum.GetValues<SendLane>());
        // 6,000 at 2,000 an hour: two full hours and the third's share; chance leaves some minutes short.
        Assert.InRange((sent[^1].At - Start).TotalMinutes, 120, 215);
    }

    [Fact]
    public void Ask_AnImportantOneBehindALongQueue_GoesBeforeIt()
    {
        var (state, quota) = (new PacingState(), new ProviderQuota(PerMinute: 10));
        PacingAnswer? answer = null;
        for (var i = 0; i < 1000; i++) state = (answer = SendPacing.Ask(state, quota, null, DateTimeZone.Utc, new PacingAsk(SendLane.Low, false, Start))).State;
        Assert.True(answer!.Turn - Start > Duration.FromMinutes(98));

        var high = SendPacing.Ask(state, quota, null, DateTimeZone.Utc, new PacingAsk(SendLane.High, false, Start + Duration.FromMinutes(5)));

        Assert.Equal(1, high.Granted);
    }

    [Fact]
    public void DayLimit_WarmUp_DoublesEachDayUpToTheQuota()
    {
        var quota = new ProviderQuota(PerDay: 1000) { WarmUpFrom = new LocalDate(2026, 3, 1), WarmUpPerDay = 50 };
        int?[] expected = [50, 50, 100, 200, 400, 800, 1000, 1000];
        Assert.Equal(expected, Enumerable.Range(0, 8).Select(day => quota.DayLimit(new LocalDate(2026, 2, 28).PlusDays(day))));
        Assert.Null((quota with { PerDay = null }).DayLimit(new LocalDate(2026, 4, 1)));
    }

    [Fact]
    public void Ask_BudgetUsedUp_WaitsForTheNextPeriodAndTransactionalGoes()
    {
        var zone = DateTimeZoneProviders.Tzdb["Europe/Sofia"];
        var budget = new SendBudget("email", 2, CapPeriod.Month);
        var state = new PacingState();
        for (var i = 0; i < 2; i++) state = Granted(SendPacing.Ask(state, new ProviderQuota(), budget, zone, new PacingAsk(SendLane.Normal, false, Start)));

        var refused = SendPacing.Ask(state, new ProviderQuota(), budget, zone, new PacingAsk(SendLane.High, false, Start));
        Assert.Equal((0, "budget", new LocalDateTime(2026, 4, 1, 0, 0)), (refused.Granted, refused.Reason, refused.Turn!.Value.InZone(zone).LocalDateTime));
        Assert.Equal(1, SendPacing.Ask(state, new ProviderQuota(), budget, zone, new PacingAsk(SendLane.Transactional, false, Start)).Granted);
        Assert.Equal(1, SendPacing.Ask(state, new ProviderQuota(), budget, zone, new PacingAsk(SendLane.Normal, false, refused.Turn!.Value)).Granted);
    }

    /// <summary>Everybody asks at the next full minute after their turn, as the due scan brings them.</summary>
    private static (List<(Instant At, SendLane Lane)> Sent, int Asks) Play(
        ProviderQuota quota, SendBudget? budget, PriorityQueue<(int Number, SendLane Lane, bool HasTurn), Instant> waiting)
    {
        var (sent, asks, state) = (new List<(Instant, SendLane)>(), 0, new PacingState());
        while (waiting.TryDequeue(out var one, out var at))
        {
            asks++;
            var answer = SendPacing.Ask(state, quota, budget, DateTimeZone.Utc, new PacingAsk(one.Lane, one.HasTurn, at, 1, Hashing.Draw("test", one.Number.ToString(CultureInfo.InvariantCulture), at.ToString())));
            state = answer.State;
            if (answer.Granted > 0) sent.Add((at, one.Lane));
            else waiting.Enqueue(one with { HasTurn = true }, Instant.FromUnixTimeSeconds((answer.Turn!.Value.ToUnixTimeSeconds() + 59) / 60 * 60));
        }

        return (sent, asks);
    }

    private static PacingState Granted(PacingAnswer answer)
    {
        Assert.Equal(1, answer.Granted);
        return answer.State;
    }
}
