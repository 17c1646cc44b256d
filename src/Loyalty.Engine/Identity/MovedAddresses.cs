using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Identity;

/// <summary>
/// Addresses that went from one account of a shop to another (docs/decisions/0018). Two accounts of one shop whose addresses differ are two people: the shop
/// itself says so. An address that the one has left does not make them one, whichever of the two the event is about.
/// </summary>
internal sealed class MovedAddresses(IDocumentStore store)
{
    /// <summary>What of an event's addresses is not as it was.</summary>
    /// <param name="e">The event.</param>
    /// <param name="names">Its names, without its order.</param>
    /// <param name="owners">Whose each of them is; null: nobody's.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>null: everything is as it was.</returns>
    public async Task<MovedAddress?> FindAsync(CanonicalEvent e, ImmutableArray<Identifier> names, ReadOnlyMemory<string?> owners, CancellationToken cancellation)
    {
        if (!MayHaveMoved(names, owners.Span)) return null;
        var people = new string?[names.Length];
        for (var i = 0; i < people.Length; i++)
        {
            if (owners.Span[i] is { } owner) people[i] = await store.SurvivorAsync(owner, cancellation);
        }

        var known = new List<Known>();
        foreach (var id in people.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            // Of somebody without a record no address is known but by its name.
            if (await store.FindCustomerAsync(id, cancellation) is not { } customer || await PersonAsync(id, cancellation) is not { } person) continue;
            known.Add(new Known(customer, person, [.. names.Where((_, at) => people[at] == id)]));
        }

        return Outdated(e, names, known) ?? Left(names, known);
    }

    /// <summary>It is about an account, and older than what is known of that account's address: what it names was theirs once, and is another account's since.</summary>
    private static MovedAddress? Outdated(CanonicalEvent e, ImmutableArray<Identifier> names, List<Known> known)
    {
        foreach (var one in known.Where(static one => one.Names.Any(IsAccount)))
        {
            var accounts = one.Customer.Identifiers.Concat(Accounts(names));
            var others = known.Where(other => other != one && PersonMerge.HaveTwoAccounts(accounts, other.Customer.Identifiers));
            ImmutableArray<Identifier> left = [.. others.SelectMany(static other => other.Names).Where(name => Current(one.Person, name) is { } now && now.At > TimeOf(e) && IsAnother(now, name))];
            if (!left.IsEmpty) return new MovedAddress.Outdated(left);
        }

        return null;
    }

    /// <summary>It is about another account of the shop, and they have left every address by which it leads to them.</summary>
    private static MovedAddress? Left(ImmutableArray<Identifier> names, List<Known> known)
    {
        foreach (var one in known.Where(one => PersonMerge.HaveTwoAccounts(Accounts(names), one.Customer.Identifiers)))
        {
            if (one.Names.All(name => Current(one.Person, name) is { } now && IsAnother(now, name))) return new MovedAddress.Left(one.Customer.CustomerId, one.Names);
        }

        return null;
    }

    /// <summary>Asked of every event: nearly all of them name one person, and nobody else's account.</summary>
    private static bool MayHaveMoved(ImmutableArray<Identifier> names, ReadOnlySpan<string?> owners)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (owners[i] is not { } addressee || Kind(names[i]) != NameKind.Address) continue;
            for (var j = 0; j < names.Length; j++)
            {
                if (Kind(names[j]) == NameKind.Account && owners[j] != addressee) return true;
            }
        }

        return false;
    }

    private static NameKind Kind(Identifier name) => name.Kind switch { "email" or "phone" => NameKind.Address, "id" => NameKind.Own, _ => NameKind.Account };

    private static bool IsAccount(Identifier name) => Kind(name) == NameKind.Account;

    private static IEnumerable<string> Accounts(ImmutableArray<Identifier> names) => names.Where(IsAccount).Select(static name => name.Value);

    private static Told<string>? Current(PersonState person, Identifier name) => name.Kind switch { "email" => person.Email, "phone" => person.Phone, _ => null };

    private static bool IsAnother(Told<string> current, Identifier name) => !string.Equals(current.Value, name.Value[(name.Kind.Length + 1)..], StringComparison.OrdinalIgnoreCase);

    /// <summary>As of when the event tells its addresses.</summary>
    private static Instant TimeOf(CanonicalEvent e) => e.Data is EventData.Person person ? person.UpdatedAt ?? e.Time : e.Time;

    private async Task<PersonState?> PersonAsync(string customerId, CancellationToken cancellation) =>
        await store.ReadAsync(Keys.CustomerPartition(customerId), Keys.PersonId, cancellation) is { } document ? LoyaltyJson.Read<PersonState>(document.Body.Span) : null;

    private enum NameKind
    {
        Own,
        Address,
        Account,
    }

    /// <summary>Somebody to whom names of the event lead.</summary>
    private sealed record Known(CustomerState Customer, PersonState Person, ImmutableArray<Identifier> Names);
}

/// <summary>What has become of addresses that an event names; a closed set.</summary>
internal abstract record MovedAddress
{
    private MovedAddress()
    {
    }

    /// <summary>The event is older than the address that its account has now: these are to be left out of it.</summary>
    public sealed record Outdated(ImmutableArray<Identifier> Names) : MovedAddress;

    /// <summary>Somebody has them no longer, and the event's account may have them: they are to be taken away.</summary>
    public sealed record Left(string CustomerId, ImmutableArray<Identifier> Names) : MovedAddress;
}
