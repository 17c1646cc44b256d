using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>Applies what a journey's <c>set</c> changes.</summary>
public static class CustomerChanges
{
    /// <summary>The customer after the changes. What a shop tells later wins over it, and it wins over what was told before.</summary>
    public static CustomerState Apply(CustomerState customer, ImmutableArray<CustomerChange> changes, Instant now)
    {
        foreach (var change in changes)
        {
            customer = change switch
            {
                CustomerChange.Fact fact => customer with { Facts = SetFact(customer.Facts, fact, now) },
                CustomerChange.Tag tag => SetTag(customer, tag, now),
                CustomerChange.Attribute attribute => customer with { Profile = Set(customer.Profile, attribute, now) },
                _ => customer,
            };
        }

        return customer;
    }

    private static ImmutableArray<CustomerFact> SetFact(ImmutableArray<CustomerFact> facts, CustomerChange.Fact change, Instant now)
    {
        var rest = facts.RemoveAll(fact => fact.Name == change.Name);
        if (change.Value is AttributeValue.Unset) return rest;
        return rest.Add(new CustomerFact(change.Name, change.Value, now)).Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
    }

    private static CustomerState SetTag(CustomerState customer, CustomerChange.Tag change, Instant now)
    {
        var tags = customer.Profile.Tags?.Value ?? [];
        if (tags.Contains(change.Name) == change.IsOn) return customer;
        tags = change.IsOn ? tags.Add(change.Name).Sort(StringComparer.Ordinal) : tags.Remove(change.Name);
        return customer with { Profile = customer.Profile with { Tags = new Told<ImmutableArray<string>>(tags, now) } };
    }

    private static Profile Set(Profile profile, CustomerChange.Attribute change, Instant now) => (change.Name, change.Value) switch
    {
        ("locale", AttributeValue.Text text) => profile with { Locale = Told.Later(profile.Locale, text.Value, now) },
        ("zone", AttributeValue.Text text) when DateTimeZoneProviders.Tzdb.GetZoneOrNull(text.Value) is not null =>
            profile with { Zone = Told.Later(profile.Zone, text.Value, now) },
        ("country", AttributeValue.Text text) => profile with { Country = Told.Later(profile.Country, text.Value, now) },
        ("birthday", AttributeValue.Day day) => profile with { Birthday = new Told<LocalDate>(day.Value, now) },
        _ => profile,
    };
}
