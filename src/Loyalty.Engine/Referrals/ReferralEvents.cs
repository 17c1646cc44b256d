using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Intake;
using NodaTime;

namespace Loyalty.Engine.Referrals;

/// <summary>Tells <c>referral.*</c>: the referrer is the subject, the friend is named.</summary>
public sealed class ReferralEvents(IntakeService intake)
{
    private const string Source = "program:referrals";

    /// <summary>Told twice it is one event.</summary>
    /// <param name="type">The type.</param>
    /// <param name="referrerId">The subject.</param>
    /// <param name="friend">The friend.</param>
    /// <param name="key">Names it among those of its type.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task TellAsync(string type, string referrerId, string friend, string key, Instant at, CancellationToken cancellation = default)
    {
        var e = new CanonicalEvent
        {
            Id = $"{type}:{key}",
            Source = Source,
            Type = type,
            Time = at,
            ReceivedAt = at,
            Identifiers = [Identifier.Customer(referrerId)],
            Data = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("friend", friend)),
            Hops = 1,
        };
        return intake.AcceptAsync(e, Hashing.Id(32, "message", e.Source, e.Id), Hashing.Id(26, "session", e.Identifiers[0].Value), cancellation);
    }
}
