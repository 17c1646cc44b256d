using System.Collections.Immutable;
using Loyalty.Core.Programs;

namespace Loyalty.Core.Customers;

/// <summary>The customer as conditions and templates see it: full path → value.</summary>
public static class CustomerAttributes
{
    private const string Root = "customer.";
    private const string ConsentRoot = "customer.consent.";
    private const string LastSentRoot = "customer.last-sent-at.";
    private const string FactRoot = "customer.facts.";

    /// <summary>The function for a customer; an unknown path answers <see cref="AttributeValue.None"/>.</summary>
    /// <param name="snapshot">Customer and, for names in templates, the person.</param>
    /// <param name="program">The program.</param>
    public static Func<string, AttributeValue> Lookup(CustomerSnapshot snapshot, ProgramModel program) =>
        path => Look(snapshot.Customer, snapshot.Person, program, path);

    /// <summary>The value of one path; <see cref="AttributeValue.None"/> where it is unknown or nobody is known.</summary>
    /// <param name="known">The customer; null: nobody is known.</param>
    /// <param name="person">Names and addresses; null: none.</param>
    /// <param name="program">The program.</param>
    /// <param name="path">The full path.</param>
    public static AttributeValue Look(CustomerState? known, PersonState? person, ProgramModel program, string path)
    {
        if (known is not { } customer) return AttributeValue.None;
        // Every journey that sends asks for a consent, in every turn.
        if (path.StartsWith(ConsentRoot, StringComparison.Ordinal)) return Consent(customer, path.AsSpan(ConsentRoot.Length));
        if (path.StartsWith("facts.", StringComparison.Ordinal)) return Fact(customer, path["facts.".Length..]);
        if (!path.StartsWith(Root, StringComparison.Ordinal)) return AttributeValue.None;
        if (path.StartsWith(LastSentRoot, StringComparison.Ordinal)) return LastSent(customer, path[LastSentRoot.Length..]);
        if (path.StartsWith(FactRoot, StringComparison.Ordinal)) return Fact(customer, path[FactRoot.Length..]);
        var name = path.AsSpan(Root.Length);
        return Known(customer, program, name) ?? Named(person, name) ?? AttributeValue.None;
    }

    private static AttributeValue? Known(CustomerState customer, ProgramModel program, ReadOnlySpan<char> name) => name switch
    {
        "id" => customer.CustomerId,
        "locale" => customer.Profile.Locale?.Value ?? program.Locale,
        "zone" => CustomerMoments.ZoneOf(customer, program).Id,
        "country" => customer.Profile.Country?.Value,
        "birthday" => customer.Profile.Birthday is { } day ? new AttributeValue.Day(day.Value) : AttributeValue.None,
        "tags" => new AttributeValue.List(customer.Profile.Tags?.Value ?? []),
        "source" => customer.Profile.FirstTouch?.Source,
        "campaign" => customer.Profile.FirstTouch?.Campaign,
        "created-at" => customer.CreatedAt,
        "signed-up-at" => Moment(customer.SignedUpAt),
        "last-activity-at" => Moment(customer.LastActivityAt),
        "stage" => CustomerStages.Word(customer.Stage),
        "tier" => customer.Tier?.Name,
        "points" => Spendable(customer)?.Available ?? 0,
        "points-pending" => Spendable(customer)?.Pending ?? 0,
        "next-expiry-at" => Moment(Spendable(customer)?.NextExpiryAt),
        "next-expiry-points" => Spendable(customer)?.NextExpiryPoints ?? 0,
        "orders" => (long)customer.Purchases.Count,
        "spend" => new AttributeValue.Money(customer.Purchases.SpendIn(program.Currency), program.Currency),
        "first-order-at" => Moment(customer.Purchases.FirstAt),
        "last-order-at" => Moment(customer.Purchases.LastAt),
        "next-order-at" => Moment(CustomerMoments.ReorderAt(customer, program)),
        "last-sent-at" => Moment(customer.Sent.IsEmpty ? null : customer.Sent.Max(static sent => sent.At)),
        _ => null,
    };

    private static AttributeValue? Named(PersonState? person, ReadOnlySpan<char> name) => name switch
    {
        "first-name" => person?.FirstName?.Value,
        "last-name" => person?.LastName?.Value,
        "name" => FullName(person),
        "email" => person?.Email?.Value,
        "phone" => person?.Phone?.Value,
        _ => null,
    };

    private static string? FullName(PersonState? person)
    {
        var name = string.Join(' ', new[] { person?.FirstName?.Value, person?.LastName?.Value }.OfType<string>());
        return name.Length == 0 ? null : name;
    }

    private static AttributeValue Consent(CustomerState customer, ReadOnlySpan<char> topic) =>
        ProfileMerge.Consent(customer, topic) is { } isGiven ? isGiven : AttributeValue.None;

    private static AttributeValue LastSent(CustomerState customer, string topic) =>
        Moment(customer.Sent.FirstOrDefault(sent => sent.Topic == topic)?.At);

    private static AttributeValue Fact(CustomerState customer, string name) =>
        customer.Facts.FirstOrDefault(fact => fact.Name == name)?.Value ?? AttributeValue.None;

    private static WalletSummary? Spendable(CustomerState customer) =>
        customer.Wallets.FirstOrDefault(static wallet => wallet.Name == WalletRule.Spendable);

    private static AttributeValue Moment(NodaTime.Instant? at) => at is { } value ? value : AttributeValue.None;
}
