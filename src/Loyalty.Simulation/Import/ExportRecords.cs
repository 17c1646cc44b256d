using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Tiers;
using Loyalty.Engine.Queries;
using NodaTime;

namespace Loyalty.Simulation.Import;

/// <summary>A member as <c>loyalty export</c> writes and <c>loyalty import --format json</c> reads it.</summary>
public sealed record ExportedMember
{
    public required string CustomerId { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? Locale { get; init; }
    public string? Zone { get; init; }
    public string? Country { get; init; }
    public LocalDate? Birthday { get; init; }
    public string? Source { get; init; }
    public string? Campaign { get; init; }
    public ImmutableArray<string>? Tags { get; init; }
    public ImmutableSortedDictionary<string, bool>? Consent { get; init; }
    public Instant? ConsentAt { get; init; }
    public Instant? SignedUpAt { get; init; }
    public Instant? UpdatedAt { get; init; }

    /// <summary>What shops know the person by.</summary>
    public ImmutableArray<string>? Identifiers { get; init; }

    /// <summary>The records of one person: the profile, then one for each moment at which consents were decided.</summary>
    public static IEnumerable<ExportedMember> Of(CustomerState customer, PersonState? person)
    {
        var profile = customer.Profile;
        var identifiers = customer.Identifiers.Where(static one => one.Split(':', 3) is { Length: 3 } parts && parts[0] is not ("id" or "email" or "phone")).ToImmutableArray();
        yield return new ExportedMember
        {
            CustomerId = customer.CustomerId,
            Email = person?.Email?.Value,
            Phone = person?.Phone?.Value,
            FirstName = person?.FirstName?.Value,
            LastName = person?.LastName?.Value,
            Locale = profile.Locale?.Value,
            Zone = profile.Zone?.Value,
            Country = profile.Country?.Value,
            Birthday = profile.Birthday?.Value,
            Source = profile.FirstTouch?.Source,
            Campaign = profile.FirstTouch?.Campaign,
            Tags = profile.Tags?.Value,
            SignedUpAt = customer.SignedUpAt,
            Identifiers = identifiers.IsEmpty ? null : identifiers,
        };
        // Asked for and not confirmed is neither yes nor no.
        foreach (var at in customer.Consents.Where(static one => !one.IsPending).GroupBy(static one => one.At).OrderBy(static group => group.Key))
        {
            yield return new ExportedMember
            {
                CustomerId = customer.CustomerId,
                Consent = at.ToImmutableSortedDictionary(static one => one.Topic, static one => one.IsGiven, StringComparer.Ordinal),
                ConsentAt = at.Key,
                UpdatedAt = at.Key,
            };
        }
    }
}

/// <summary>An open lot as <c>loyalty export</c> writes and <c>loyalty import --format json</c> reads it.</summary>
public sealed record ExportedBalance
{
    /// <summary>Names the lot: a later export brings it no second time.</summary>
    public string? Id { get; init; }
    public required string CustomerId { get; init; }
    public required string Wallet { get; init; }
    public required long Points { get; init; }
    public Instant? EarnedAt { get; init; }
    public Instant? AvailableAt { get; init; }
    public Instant? ExpiresAt { get; init; }

    /// <summary>What every open lot holds, reserved points included: a checkout under way ends without them.</summary>
    public static IEnumerable<ExportedBalance> Of(WalletState wallet, Instant now) =>
        from lot in wallet.Lots
        let points = lot.Available + lot.Pending + lot.Held
        where points > 0 && (lot.ExpiresAt is null || lot.ExpiresAt > now)
        select new ExportedBalance
        {
            Id = "lot-" + Hashing.Id(26, wallet.CustomerId, wallet.Name, lot.LotId),
            CustomerId = wallet.CustomerId,
            Wallet = wallet.Name,
            Points = points,
            EarnedAt = lot.EarnedAt ?? lot.GrantedAt,
            // A lot that waits for its order's fulfilment waits in vain elsewhere: it is usable at once, in the customer's favour.
            AvailableAt = lot.AvailableAt > now ? lot.AvailableAt : null,
            ExpiresAt = lot.ExpiresAt,
        };
}

/// <summary>Where somebody stands, and what counts for it, as <c>loyalty export</c> writes and <c>loyalty import --format json</c> reads it.</summary>
public sealed record ExportedStanding
{
    public required string CustomerId { get; init; }
    public string? Tier { get; init; }
    public Instant? Since { get; init; }
    public Instant? Until { get; init; }
    public ImmutableArray<ExportedStep>? Steps { get; init; }
    public ImmutableArray<QualifyingDay>? Counted { get; init; }

    /// <summary>null: nothing counts, and there is no tier.</summary>
    public static ExportedStanding? Of(CustomerState customer)
    {
        var tier = customer.Tier is { Name: not null } known ? known : null;
        if (tier is null && customer.Qualifying is null) return null;
        return new ExportedStanding
        {
            CustomerId = customer.CustomerId,
            Tier = tier?.Name,
            Since = tier?.Since,
            Until = tier?.EndsAt,
            Steps = tier is null ? null : [.. tier.Steps.Select(static step => new ExportedStep(step.Name, step.Day, step.IsKept ? true : null))],
            Counted = customer.Qualifying,
        };
    }
}

/// <summary>A step on which a tier stands.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Day">When its threshold was reached.</param>
/// <param name="Kept">true: nothing has to bear it; else null.</param>
public sealed record ExportedStep(string Tier, LocalDate Day, bool? Kept);

/// <summary>One person as exported.</summary>
/// <param name="Members">The profile, then the consents by moment.</param>
/// <param name="Balances">The open lots.</param>
/// <param name="Owes">Points that were returned after they had been spent are owed; what is owed stands in the ledger alone.</param>
public sealed record ExportedPerson(ImmutableArray<ExportedMember> Members, ImmutableArray<ExportedBalance> Balances, bool Owes)
{
    /// <summary>Tier and what counts for it; null: neither.</summary>
    public ExportedStanding? Standing { get; init; }

    /// <summary>The person at a moment: lots that have ended are left out.</summary>
    public static ExportedPerson Of(ExportedCustomer one, Instant now) => new(
        [.. ExportedMember.Of(one.Customer, one.Person)],
        [.. one.Wallets.SelectMany(wallet => ExportedBalance.Of(wallet, now))],
        one.Wallets.Any(static wallet => wallet.Balances.Arrears < 0))
    {
        Standing = ExportedStanding.Of(one.Customer),
    };
}
