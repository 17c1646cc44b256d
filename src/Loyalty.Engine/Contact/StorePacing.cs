using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>
/// Pacing in one document for each channel, so that all hosts share it and a restart goes on where it was. One process asks one after the other, and for a
/// fast provider takes a few messages' worth at once: they hold for the running minute.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="programs">Budgets and the zone they are counted in.</param>
/// <param name="quotas">By channel.</param>
/// <param name="clock">The clock.</param>
public sealed class StorePacing(IDocumentStore store, IProgramSource programs, IReadOnlyDictionary<string, ProviderQuota> quotas, IClock clock) : ISendPacing, IDisposable
{
    /// <summary>From so many a minute on several are taken at once.</summary>
    public const int FastFrom = 2000;

    private const string PacingId = "pacing";
    private static readonly ProviderQuota Unlimited = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<(string Channel, SendLane Lane), (Instant Minute, int Left)> _taken = [];

    /// <inheritdoc/>
    public async ValueTask<NotYet?> AskAsync(PacingRequest request, CancellationToken cancellation = default)
    {
        var (channel, lane) = (request.Channel, request.Lane);
        var quota = quotas.GetValueOrDefault(channel) ?? Unlimited;
        var program = programs.Current.Model;
        var budget = program.Contact.Budgets.FirstOrDefault(one => one.Channel == channel);
        if (quota.IsEmpty && budget is null) return null;
        await _gate.WaitAsync(cancellation);
        try
        {
            var now = clock.GetCurrentInstant();
            var minute = Instant.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 60 * 60);
            if (_taken.TryGetValue((channel, lane), out var taken) && taken.Minute == minute && taken.Left > 0)
            {
                _taken[(channel, lane)] = (minute, taken.Left - 1);
                return null;
            }

            var draw = Hashing.Draw("turn", request.Key, now.ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture));
            var ask = new PacingAsk(lane, request.HasTurn, now, Wanted(quota), draw) { Latest = request.GiveUpAt };
            var answer = await Attempts.UntilCommittedAsync(() => TryAskAsync(channel, quota, budget, program.TimeZone, ask, cancellation));
            if (answer.Granted == 0) return new NotYet(answer.Turn!.Value, answer.Reason!);
            _taken[(channel, lane)] = (minute, answer.Granted - 1);
            return null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private static int Wanted(ProviderQuota quota) => quota.PerMinute is { } minute and >= FastFrom ? minute / (FastFrom / 10) : 1;

    private async Task<PacingAnswer?> TryAskAsync(
        string channel, ProviderQuota quota, SendBudget? budget, DateTimeZone zone, PacingAsk ask, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.PacingPartition(channel));
        var state = await session.ReadAsync<PacingState>(PacingId, cancellation) ?? new PacingState();
        var answer = SendPacing.Ask(state, quota, budget, zone, ask);
        session.Put(PacingId, Kinds.Pacing, answer.State);
        return await session.CommitAsync(cancellation) ? answer : null;
    }
}
