using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Offers;
using Loyalty.Core.Referrals;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Referrals;

/// <summary>The program's key for hashes of addresses, devices, cards and networks: made once, kept in the store; without it nobody can try values out.</summary>
public sealed record SignalKey(string Key);

/// <summary>Codes and links of customers, clicks of visitors, and what was seen of whom.</summary>
public sealed class ReferralLinks(IDocumentStore store, IProgramSource programs, IChance chance, ReferralEvents events, IClock clock)
{
    private const string OwnerId = "owner";
    private const string ClickId = "click";
    private const string SeenId = "seen";
    private const string KeyId = "signals";
    private const int CodeLength = 8;
    private static readonly string CodeShape = new string('#', CodeLength) + "?";
    private byte[]? _key;

    /// <summary>A customer's code and link; null: the customer is not known, or the program has no referrals. The code never changes.</summary>
    public async Task<ReferralLinkView?> LinkAsync(string customerId, ReferralSignals? signals = null, CancellationToken cancellation = default)
    {
        if (programs.Current.Model.Referrals is not { } plan) return null;
        var id = await store.SurvivorAsync(customerId, cancellation);
        if (await store.FindCustomerAsync(id, cancellation) is null or { Contact.ErasedAt: not null }) return null;
        if (signals is not null) await SeeAsync(signals, id, null, cancellation);
        for (var attempt = 0; ; attempt++)
        {
            var code = CodeOf(id, attempt);
            var owner = await Attempts.UntilCommittedAsync(async () =>
            {
                var session = new PartitionSession(store, Keys.ReferralPartition(code));
                if (await session.ReadAsync<ReferralCodeOwner>(OwnerId, cancellation) is { } known) return known;
                session.Put(OwnerId, Kinds.ReferralCode, new ReferralCodeOwner(id));
                return await session.CommitAsync(cancellation) ? new ReferralCodeOwner(id) : null;
            });
            // Two customers with one code, one in a trillion: the later one gets another.
            if (owner.CustomerId == id) return new ReferralLinkView(id, code, plan.Link.Replace("{code}", code, StringComparison.Ordinal));
        }
    }

    /// <summary>Whose a code is now; null: nobody's.</summary>
    public async Task<string?> OwnerAsync(string typed, CancellationToken cancellation = default)
    {
        var code = CodePattern.Normal(typed);
        if (!CodePattern.Fits(CodeShape, code)) return null;
        var owner = await new PartitionSession(store, Keys.ReferralPartition(code)).ReadAsync<ReferralCodeOwner>(OwnerId, cancellation);
        return owner is null ? null : await store.SurvivorAsync(owner.CustomerId, cancellation);
    }

    /// <summary>A visitor followed a link: the last click counts. False: the code is nobody's.</summary>
    public async Task<bool> ClickAsync(ClickRequest click, CancellationToken cancellation = default)
    {
        if (programs.Current.Model.Referrals is not { } plan || await OwnerAsync(click.Code, cancellation) is not { } referrerId) return false;
        var (now, visitor) = (clock.GetCurrentInstant(), Hashing.Id(32, "visitor", click.Visitor));
        var isNew = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.VisitorPartition(visitor));
            var before = await session.ReadAsync<ReferralClick>(ClickId, cancellation);
            var next = new ReferralClick(CodePattern.Normal(click.Code), referrerId, now);
            session.Put(ClickId, Kinds.ReferralClick, next, wakeAt: null, Retention.Until(now, Duration.FromDays(plan.ClickDays)));
            return await session.CommitAsync(cancellation) ? new Answer(before?.Code != next.Code) : null;
        });
        if (isNew.Yes) await events.TellAsync("referral.clicked", referrerId, "visitor-" + visitor[..12], $"{visitor}:{CodePattern.Normal(click.Code)}", now, cancellation);
        return true;
    }

    /// <summary>The visitor's last click that still counts; null: none.</summary>
    internal async Task<ReferralClick?> LastClickAsync(string? visitor, ReferralPlan plan, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(visitor)) return null;
        var session = new PartitionSession(store, Keys.VisitorPartition(Hashing.Id(32, "visitor", visitor)));
        return await session.ReadAsync<ReferralClick>(ClickId, cancellation) is { } click && clock.GetCurrentInstant() < click.At + Duration.FromDays(plan.ClickDays) ? click : null;
    }

    /// <summary>Notes who was seen with what, and answers who had been seen with it before, by kind.</summary>
    internal async Task<ImmutableDictionary<string, ImmutableArray<SignalSighting>>> SeeAsync(
        ReferralSignals signals, string customerId, string? referrerId, CancellationToken cancellation, string? email = null)
    {
        var seen = ImmutableDictionary.CreateBuilder<string, ImmutableArray<SignalSighting>>(StringComparer.Ordinal);
        await AddAsync("device", signals.Device);
        await AddAsync("card", signals.Card);
        await AddAsync("address", signals.Address is { Length: > 0 } address ? ReferralChecks.FoldAddress(address) : null);
        await AddAsync("network", Networks.Of(signals.Ip));
        await AddAsync("email", ReferralChecks.FoldEmail(email));
        return seen.ToImmutable();

        async Task AddAsync(string kind, string? value)
        {
            if (!string.IsNullOrWhiteSpace(value)) seen[kind] = await SeeAsync(kind, value, new SignalSighting(customerId, referrerId, clock.GetCurrentInstant()), cancellation);
        }
    }

    /// <summary>Counts somebody in a list that is no signal, e.g. the joins of a referrer.</summary>
    internal Task<ImmutableArray<SignalSighting>> CountAsync(string kind, string value, string customerId, CancellationToken cancellation) =>
        SeeAsync(kind, value, new SignalSighting(customerId, null, clock.GetCurrentInstant()), cancellation);

    /// <summary>The code of a customer: it follows from the id, so that it is the same however often it is asked for. It is public and protects nothing.</summary>
    private static string CodeOf(string customerId, int attempt)
    {
        var at = 0;
        return CodePattern.Make(CodeShape, bound => (int)(Hashing.Draw("referral-code", customerId, Number(attempt), Number(at++)) * bound));

        static string Number(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<ImmutableArray<SignalSighting>> SeeAsync(string kind, string value, SignalSighting sighting, CancellationToken cancellation)
    {
        var partition = Keys.SignalPartition(kind, await HashAsync(kind, value, cancellation));
        var before = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, partition);
            var known = await session.ReadAsync<SignalSightings>(SeenId, cancellation) ?? new SignalSightings([]);
            if (known.Seen.Any(one => one.CustomerId == sighting.CustomerId && one.ReferrerId == sighting.ReferrerId)) return known;
            var next = known.Seen.Add(sighting);
            session.Put(SeenId, Kinds.Signal, new SignalSightings(next.Length > SignalSightings.Most ? next[^SignalSightings.Most..] : next));
            return await session.CommitAsync(cancellation) ? known : null;
        });
        return before.Seen;
    }

    private async Task<string> HashAsync(string kind, string value, CancellationToken cancellation)
    {
        _key ??= await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.SecretPartition);
            if (await session.ReadAsync<SignalKey>(KeyId, cancellation) is { } known) return Convert.FromHexString(known.Key);
            var fresh = chance.Bytes(32);
            session.Put(KeyId, Kinds.Secret, new SignalKey(Convert.ToHexStringLower(fresh)));
            return await session.CommitAsync(cancellation) ? fresh : null;
        });
        return Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(kind + "\n" + value)))[..40];
    }

    private sealed record Answer(bool Yes);
}
