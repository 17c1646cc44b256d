using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;

namespace Loyalty.Simulation.World;

/// <summary>
/// What lies outside one simulated customer: endpoints that answer nothing, offers that never run out, adaptive splits that know what they are told
/// and learn nothing more, so that one customer's life does not depend on another's.
/// </summary>
/// <param name="clock">The moment that is played.</param>
/// <param name="learned">What adaptive splits know; null: nothing, their declared shares decide.</param>
internal sealed class WorldOutside(WorldClock clock, Learned? learned) : IWebhookCaller, IOfferSource, IArmTallies
{
    private static readonly Task<WebhookAnswer> Answered = Task.FromResult<WebhookAnswer>(new WebhookAnswer.Done(default));
    private static readonly Task<ImmutableDictionary<string, ImmutableArray<ArmTally>>> Nothing =
        Task.FromResult(ImmutableDictionary<string, ImmutableArray<ArmTally>>.Empty);

    public Task<WebhookAnswer> CallAsync(WebhookCall call, CancellationToken cancellation = default) => Answered;

    public Task<OfferAnswer> IssueAsync(OfferRequest request, CancellationToken cancellation = default)
    {
        var (key, visit) = (request.Key, request.Key.Visit.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return Task.FromResult<OfferAnswer>(new OfferAnswer.Issued("SIM-" + Hashing.Id(10, key.RunId, key.Step, visit).ToUpperInvariant(), request.ValidUntil));
    }

    public Task VoidAsync(OfferKey key, CancellationToken cancellation = default) => Task.CompletedTask;

    public Task<ImmutableDictionary<string, ImmutableArray<ArmTally>>> ReadAsync(string journey, int version, CancellationToken cancellation = default) =>
        learned is null ? Nothing : Task.FromResult(learned(journey, version, clock.Now));

    public Task AddAsync(RunState run, RunEffect.Tally tally, CancellationToken cancellation = default) => Task.CompletedTask;
}
