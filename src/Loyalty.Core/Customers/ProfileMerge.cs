using System.Collections.Immutable;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>Folds what is told of a person, value by value: the later wins, whatever arrives first.</summary>
public static class ProfileMerge
{
    /// <summary>Folds what is said about topics.</summary>
    public static ImmutableArray<TopicConsent> Fold(ImmutableArray<TopicConsent> consents, EventData.Person person, Instant eventTime)
    {
        foreach (var (topic, isGiven) in person.Consent) consents = Decide(consents, topic, isGiven, person.ConsentAt ?? eventTime);
        return consents;
    }

    /// <summary>Folds what is told beside names and addresses.</summary>
    public static Profile Fold(Profile profile, EventData.Person person, Instant eventTime)
    {
        var at = person.UpdatedAt ?? eventTime;
        return profile with
        {
            Locale = Told.Later(profile.Locale, person.Locale, at),
            Zone = Told.Later(profile.Zone, KnownZone(person.Zone), at),
            Country = Told.Later(profile.Country, person.Country, at),
            Birthday = Told.Later(profile.Birthday, person.Birthday is { } day ? new Told<LocalDate>(day, at) : null, Iso),
            Tags = Told.Later(profile.Tags, Tags(person, at), static tags => string.Join('\n', tags)),
            FirstTouch = Earlier(profile.FirstTouch, person, eventTime),
        };
    }

    /// <summary>Folds names and addresses.</summary>
    public static PersonState Fold(PersonState state, EventData.Person person, Instant eventTime)
    {
        var at = person.UpdatedAt ?? eventTime;
        return state with
        {
            Email = Told.Later(state.Email, Identifier.Email(person.Email)?.Value["email:".Length..], at),
            Phone = Told.Later(state.Phone, Identifier.Phone(person.Phone)?.Value["phone:".Length..], at),
            FirstName = Told.Later(state.FirstName, Text(person.FirstName), at),
            LastName = Told.Later(state.LastName, Text(person.LastName), at),
        };
    }

    /// <summary>Folds addresses that an event about something else came with.</summary>
    /// <param name="state">What is known.</param>
    /// <param name="identifiers">What the event names.</param>
    /// <param name="at">When.</param>
    /// <param name="onlyMissing">True: an address that is known stays.</param>
    public static PersonState Fold(PersonState state, ImmutableArray<Identifier> identifiers, Instant at, bool onlyMissing = false)
    {
        var (email, phone) = (state.Email, state.Phone);
        foreach (var identifier in identifiers)
        {
            if (identifier.IsOf("email") && !(onlyMissing && email is not null)) email = Later(email, identifier.Value.AsSpan("email:".Length), at);
            else if (identifier.IsOf("phone") && !(onlyMissing && phone is not null)) phone = Later(phone, identifier.Value.AsSpan("phone:".Length), at);
        }

        return ReferenceEquals(email, state.Email) && ReferenceEquals(phone, state.Phone) ? state : state with { Email = email, Phone = phone };
    }

    /// <summary>Nearly every event tells the address that is known, whose text is kept then.</summary>
    private static Told<string>? Later(Told<string>? known, ReadOnlySpan<char> told, Instant at)
    {
        if (known is null || !told.SequenceEqual(known.Value)) return Told.Later(known, told.ToString(), at);
        return at > known.At ? known with { At = at } : known;
    }

    /// <summary>Folds a decision about a topic; at the same time the withdrawal counts.</summary>
    public static ImmutableArray<TopicConsent> Decide(ImmutableArray<TopicConsent> consents, string topic, bool isGiven, Instant at)
    {
        var told = new TopicConsent(topic, isGiven, at);
        var index = 0;
        while (index < consents.Length && string.CompareOrdinal(consents[index].Topic, topic) < 0) index++;
        if (index == consents.Length || consents[index].Topic != topic) return Closed(consents.Insert(index, told), told);
        var known = consents[index];
        var wins = at > known.At || (at == known.At && known.IsGiven && !isGiven);
        return wins ? Closed(consents.SetItem(index, told), told) : consents;
    }

    /// <summary>Who takes everything back, everywhere or on a channel, waits for no confirmation of what they had asked for before.</summary>
    private static ImmutableArray<TopicConsent> Closed(ImmutableArray<TopicConsent> consents, TopicConsent told)
    {
        var (channel, name) = Contact.Consents.Parse(told.Topic);
        if (told.IsGiven || name != TopicConsent.Everything) return consents;
        for (var i = 0; i < consents.Length; i++)
        {
            if (consents[i] is not { IsPending: true } one || one.At > told.At) continue;
            if (told.Topic == TopicConsent.Everything || Contact.Consents.Parse(one.Topic).Channel == channel) consents = consents.SetItem(i, new TopicConsent(one.Topic, false, told.At));
        }

        return consents;
    }

    /// <summary>Whether the customer agreed to a topic; null: never asked. A later decision about everything overrules it.</summary>
    public static bool? Consent(CustomerState customer, ReadOnlySpan<char> topic)
    {
        TopicConsent? own = null;
        TopicConsent? all = null;
        foreach (var consent in customer.Consents)
        {
            if (topic.SequenceEqual(consent.Topic)) own = consent;
            if (consent.Topic == TopicConsent.Everything) all = consent;
        }

        if (all is not null && (own is null || all.At > own.At || (all.At == own.At && !all.IsGiven))) return all.IsGiven;
        return own?.IsGiven;
    }

    private static FirstTouch? Earlier(FirstTouch? known, EventData.Person person, Instant at)
    {
        if (person.AcquisitionSource is null && person.Campaign is null) return known;
        return Earlier(known, new FirstTouch(at, person.AcquisitionSource, person.Campaign));
    }

    /// <summary>The first of two touches, at the same time the smaller by ordinal text.</summary>
    internal static FirstTouch Earlier(FirstTouch? known, FirstTouch told)
    {
        if (known is null || told.At < known.At) return told;
        return told.At == known.At && string.CompareOrdinal(told.ToString(), known.ToString()) < 0 ? told : known;
    }

    /// <summary>An empty set is told as well: the shop has taken the last tag away.</summary>
    private static Told<ImmutableArray<string>>? Tags(EventData.Person person, Instant at) => person.Tags is { IsDefault: false } tags
        ? new Told<ImmutableArray<string>>([.. tags.Distinct().Order(StringComparer.Ordinal)], at)
        : null;

    private static string? KnownZone(string? zone) => zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null ? zone : null;

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static string Iso(LocalDate date) => NodaTime.Text.LocalDatePattern.Iso.Format(date);
}
