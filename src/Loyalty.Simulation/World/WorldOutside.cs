using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Simulation.World;

/// <summary>
/// What lies outside one simulated customer: endpoints that answer nothing, offers whose stock never runs out, adaptive splits that know what they are
/// told and learn nothing more, so that one customer's life does not depend on another's. What an offer grants one customer, and when, holds as on the host.
/// </summary>
/// <param name="store">The customer's documents, with how many codes of an offer they have.</param>
/// <param name="programs">Its offers.</param>
/// <param name="clock">The moment that is played.</param>
/// <param name="learned">What adaptive splits know; null: nothing, their declared shares decide.</param>
internal sealed class WorldOutside(WorldStore store, IProgramSource programs, WorldClock clock, Learned? learned) : IWebhookCaller, IOfferSource, IArmTallies
{
    private static readonly Task<WebhookAnswer> Answered = Task.FromResult<WebhookAnswer>(new WebhookAnswer.Done(default));
    private static readonly Task<ImmutableDictionary<string, ImmutableArray<ArmTally>>> Nothing =
        Task.FromResult(ImmutableDictionary<string, ImmutableArray<ArmTally>>.Empty);

    public Task<WebhookAnswer> CallAsync(WebhookCall call, CancellationToken cancellation = default) => Answered;

    public Task<OfferAnswer> IssueAsync(OfferRequest request, CancellationToken cancellation = default) => Task.FromResult(Issue(request));

    public Task VoidAsync(OfferKey key, CancellationToken cancellation = default) => Task.CompletedTask;

    public Task<ImmutableDictionary<string, ImmutableArray<ArmTally>>> ReadAsync(string journey, int version, CancellationToken cancellation = default) =>
        learned is null ? Nothing : Task.FromResult(learned(journey, version, clock.Now));

    public Task AddAsync(RunState run, RunEffect.Tally tally, CancellationToken cancellation = default) => Task.CompletedTask;

    private OfferAnswer Issue(OfferRequest request)
    {
        var (now, zone) = (clock.Now, programs.Current.Model.TimeZone);
        if (programs.Current.Offers.GetValueOrDefault(request.Offer) is not { } offer) return new OfferAnswer.Failed("unknown-offer");
        if (!offer.IsOpen(now, zone)) return new OfferAnswer.Failed("offer-closed");
        if (offer.PerCustomer is { } most && !Counts(request, most)) return new OfferAnswer.SoldOut("per-customer");
        var (key, visit) = (request.Key, request.Key.Visit.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return new OfferAnswer.Issued("SIM-" + Hashing.Id(10, key.RunId, key.Step, visit).ToUpperInvariant(), offer.EndOf(request.ValidUntil, now, zone));
    }

    /// <summary>Counts a code; false: the customer has as many as one may have.</summary>
    private bool Counts(OfferRequest request, int most)
    {
        var id = Keys.OfferCount(request.Offer);
        var issued = (store.Read(id) as OfferCount)?.Issued ?? 0;
        if (issued >= most) return false;
        store.Commit([new ObjectWrite(id, Kinds.Offer, new OfferCount(issued + 1), null)]);
        return true;
    }
}
