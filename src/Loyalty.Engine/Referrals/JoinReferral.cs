using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Offers;
using Loyalty.Core.Referrals;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Referrals;

/// <summary>What became of a join; a closed set.</summary>
public abstract record JoinAnswer
{
    private JoinAnswer()
    {
    }

    /// <summary>The referral stands, allowed, held or refused.</summary>
    public sealed record Done(ReferralView Referral) : JoinAnswer;

    /// <summary>There is no referral.</summary>
    public sealed record Refused(RefusalCode Code, string Detail) : JoinAnswer;
}

/// <summary>A friend joins: code or last click, the checks, the referral in the friend's partition. A friend is brought once.</summary>
public sealed class JoinReferral(
    IDocumentStore store, IProgramSource programs, PersonResolver people, ReferralLinks links, ReferralProcess process, IClock clock)
{
    /// <summary>Refused: <c>NotFound</c> (no referrals, no code and no click), <c>InvalidField</c>, <c>MissingHeader</c>, <c>IdempotencyKeyReused</c>, <c>Conflict</c> (brought by somebody before).</summary>
    public async Task<JoinAnswer> JoinAsync(JoinRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("referral-join", key, request) is not { } idempotent) return Refused(RefusalCode.MissingHeader, Refusals.RefusalTable.Remedy(RefusalCode.MissingHeader));
        if (programs.Current.Model.Referrals is not { } plan) return Refused(RefusalCode.NotFound, "The program has no referrals.");
        if (IdentifiersOf(request.Friend) is not { Length: > 0 } identifiers) return Refused(RefusalCode.InvalidField, "friend: an id, e-mail address, phone number (E.164) or external id is expected.");
        var click = request.Code is null ? await links.LastClickAsync(request.Visitor, plan, cancellation) : null;
        var code = request.Code ?? click?.Code;
        if (code is null || await links.OwnerAsync(code, cancellation) is not { } referrerId) return Refused(RefusalCode.NotFound, "No such referral code, and no click that still counts.");
        if (!await store.TryClaimAsync(idempotent, clock.GetCurrentInstant(), cancellation)) return Refused(RefusalCode.IdempotencyKeyReused, "The key came with another friend or code before.");
        var friendId = await FriendAsync(identifiers, idempotent.Key, cancellation);
        var known = await new PartitionSession(store, Keys.CustomerPartition(friendId)).ReadAsync<ReferralState>(Keys.ReferralId, cancellation);
        if (known is null)
        {
            var evidence = await EvidenceAsync(request, friendId, referrerId, cancellation);
            var (outcome, reasons) = ReferralChecks.Judge(evidence, plan);
            known = new ReferralState
            {
                FriendId = friendId,
                ReferrerId = referrerId,
                Code = CodePattern.Normal(code),
                IsTyped = request.Code is not null,
                JoinedAt = clock.GetCurrentInstant(),
                Outcome = outcome,
                Reasons = reasons,
            };
        }

        var answer = await Attempts.UntilCommittedAsync(() => TryJoinAsync(known, idempotent, cancellation));
        if (answer is not JoinAnswer.Done)
        {
            await store.ReleaseAsync(idempotent, clock.GetCurrentInstant(), cancellation);
            return answer;
        }

        await process.AdvanceAsync(friendId, cancellation);
        var state = await new PartitionSession(store, Keys.CustomerPartition(friendId)).ReadAsync<ReferralState>(Keys.ReferralId, cancellation);
        return new JoinAnswer.Done(ReferralView.Of(state!));
    }

    private static JoinAnswer.Refused Refused(RefusalCode code, string detail) => new(code, detail);

    private static ImmutableArray<Identifier> IdentifiersOf(ReferralFriend friend)
    {
        var identifiers = ImmutableArray.CreateBuilder<Identifier>();
        if (friend.Id is { Length: > 0 and <= PersonResolver.MaxOwnId } id) identifiers.Add(Identifier.Customer(id));
        if (Identifier.Email(friend.Email) is { } email) identifiers.Add(email);
        if (Identifier.Phone(friend.Phone) is { } phone) identifiers.Add(phone);
        if (friend.External is { Length: <= 300 } external && external.Split(':', 3) is { Length: 3 } parts && parts.All(static part => part.Length > 0))
            identifiers.Add(Identifier.External(parts[0], parts[1], parts[2]));
        return identifiers.ToImmutable();
    }

    /// <summary>The person, who may not have been told by the shop yet; the id is the one that the shop's event will find.</summary>
    private async Task<string> FriendAsync(ImmutableArray<Identifier> identifiers, string key, CancellationToken cancellation)
    {
        foreach (var identifier in identifiers)
        {
            if (identifier.Kind == "id" && await store.FindCustomerAsync(identifier.Value[3..], cancellation) is not null)
                return await store.SurvivorAsync(identifier.Value[3..], cancellation);
        }

        var now = clock.GetCurrentInstant();
        var named = new CanonicalEvent
        {
            Id = "join:" + key,
            Source = "program:referrals",
            Type = "referral.join",
            Time = now,
            ReceivedAt = now,
            Identifiers = identifiers,
            Data = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty),
        };
        var resolution = await people.ResolveAsync(named, cancellation);
        return await store.SurvivorAsync(resolution.People[0], cancellation);
    }

    private async Task<ReferralEvidence> EvidenceAsync(JoinRequest request, string friendId, string referrerId, CancellationToken cancellation)
    {
        var now = clock.GetCurrentInstant();
        var (referrer, friend) = (await PersonAsync(referrerId, cancellation), await PersonAsync(friendId, cancellation));
        var customer = await store.FindCustomerAsync(friendId, cancellation);
        var (email, phone) = (request.Friend.Email ?? AddressOf(friend, customer), Identifier.Phone(request.Friend.Phone ?? PhoneOf(friend, customer))?.Value);
        var referring = await store.FindCustomerAsync(referrerId, cancellation);
        // The referrer is known by the address, whoever asked for the link.
        var own = AddressOf(referrer, referring);
        if (own is not null) await links.SeeAsync(new ReferralSignals(), referrerId, null, cancellation, own);
        var seen = await links.SeeAsync(request.Signals, friendId, referrerId, cancellation, email);
        var ofReferrer = await links.CountAsync("joins", referrerId, friendId, cancellation);
        var folded = ReferralChecks.FoldEmail(email);
        return new ReferralEvidence
        {
            IsSamePerson = friendId == referrerId,
            IsSameEmail = friendId != referrerId && folded is not null && folded == ReferralChecks.FoldEmail(own),
            IsSamePhone = friendId != referrerId && phone is not null && phone == Identifier.Phone(PhoneOf(referrer, referring))?.Value,
            IsEmailKnown = seen.GetValueOrDefault("email", []).Any(one => one.CustomerId != friendId && one.CustomerId != referrerId),
            IsSameAddress = Shares("address"),
            IsSameDevice = Shares("device"),
            IsSameCard = Shares("card"),
            IsLoop = friendId != referrerId && await store.IsLoopAsync(friendId, referrerId, cancellation),
            IsExisting = friendId != referrerId && customer is not null && (customer.Purchases.Count > 0 || customer.SignedUpAt < now - Duration.FromDays(1)),
            OfReferrer = ofReferrer.Count(one => one.CustomerId != friendId && one.At > now - Duration.FromDays(1)) + 1,
            OfNetwork = Networks.Of(request.Signals.Ip) is null ? 0 : seen.GetValueOrDefault("network", []).Where(one => one.CustomerId != friendId && one.ReferrerId is not null && one.At > now - Duration.FromHours(1)).Select(static one => one.CustomerId).Distinct().Count() + 1,
        };

        bool Shares(string kind) => seen.GetValueOrDefault(kind, []).Any(one => one.CustomerId != friendId && (one.CustomerId == referrerId || one.ReferrerId == referrerId));
    }

    /// <summary>What the person's data says; else, of somebody whose data nobody told, the identifier.</summary>
    private static string? AddressOf(PersonState? person, CustomerState? customer) => person?.Email?.Value ?? IdentifierOf(customer, "email:");

    private static string? PhoneOf(PersonState? person, CustomerState? customer) => person?.Phone?.Value ?? IdentifierOf(customer, "phone:");

    private static string? IdentifierOf(CustomerState? customer, string kind) =>
        customer?.Identifiers.FirstOrDefault(one => one.StartsWith(kind, StringComparison.Ordinal))?[kind.Length..];

    private async Task<PersonState?> PersonAsync(string customerId, CancellationToken cancellation)
    {
        var document = await store.ReadAsync(Keys.CustomerPartition(customerId), Keys.PersonId, cancellation);
        return document is null ? null : LoyaltyJson.Read<PersonState>(document.Body.Span);
    }

    private async Task<JoinAnswer?> TryJoinAsync(ReferralState state, IdempotentRequest request, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(state.FriendId));
        try
        {
            if (await request.FindAsync(session, cancellation) is not null) return new JoinAnswer.Done(ReferralView.Of(state));
        }
        catch (IdempotencyKeyReusedException)
        {
            return Refused(RefusalCode.IdempotencyKeyReused, "The key came with another friend or code before.");
        }

        if (await session.ReadAsync<ReferralState>(Keys.ReferralId, cancellation) is not null) return Refused(RefusalCode.Conflict, "This friend was brought before.");
        var now = clock.GetCurrentInstant();
        session.Put(Keys.ReferralId, Kinds.Referral, state, now + ReferralProcess.FinishedWithin);
        request.Remember(session, state.Code, now);
        return await session.CommitAsync(cancellation) ? new JoinAnswer.Done(ReferralView.Of(state)) : null;
    }
}
