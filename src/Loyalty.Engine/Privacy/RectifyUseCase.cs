using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>What is corrected; what is not named stays as it is.</summary>
public sealed record RectifyRequest
{
    public string? Email { get; init; }

    /// <summary>E.164.</summary>
    public string? Phone { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }

    /// <summary>BCP 47.</summary>
    public string? Locale { get; init; }

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public string? Country { get; init; }
    public LocalDate? Birthday { get; init; }

    /// <summary>What is wrong with it; null: nothing.</summary>
    public string? Problem()
    {
        if (this == new RectifyRequest()) return "Name what is to be corrected: email, phone, firstName, lastName, locale, country, birthday.";
        if (Email is not null && Identifier.Email(Email) is null) return "email is no address.";
        if (Phone is not null && Identifier.Phone(Phone) is null) return "phone is no number in E.164, e.g. +359888123456.";
        if ((NameProblem(FirstName, "firstName") ?? NameProblem(LastName, "lastName")) is { } name) return name;
        if (Birthday is { Year: < 1900 or > 2100 }) return "birthday is a date from 1900 on.";
        if (Locale is not null && !IsLocale(Locale)) return "locale is a BCP 47 tag, e.g. bg-BG.";
        return Country is not null && (Country.Length != 2 || !Country.All(char.IsAsciiLetterUpper)) ? "country is two capital letters (ISO 3166-1), e.g. BG." : null;
    }

    private static string? NameProblem(string? name, string field) =>
        name?.Length > 200 ? $"{field} has at most 200 characters."
        : name?.Any(char.IsControl) == true ? $"{field} has no line breaks and no other control characters."
        : null;

    private static bool IsLocale(string text)
    {
        try
        {
            return text.Length is >= 2 and <= 35 && CultureInfo.GetCultureInfo(text) is not null;
        }
        catch (CultureNotFoundException)
        {
            return false;
        }
    }
}

/// <summary>Corrects what is known of a person (GDPR, article 16); a shop that goes on telling the wrong thing later has to be corrected too.</summary>
public sealed class RectifyUseCase(IDocumentStore store, PersonResolver people, ApplyEventUseCase events, IClock clock)
{
    private const string Source = "program:privacy";

    /// <returns>
    /// null: done. Refused: <see cref="RefusalCode.NotFound"/>, <see cref="RefusalCode.CustomerErased"/>; <see cref="RefusalCode.Conflict"/>: the new address or
    /// number is another person's.
    /// </returns>
    public async Task<RefusalCode?> RectifyAsync(string customerId, RectifyRequest request, CancellationToken cancellation = default)
    {
        customerId = await store.SurvivorAsync(customerId, cancellation);
        if (await store.FindCustomerAsync(customerId, cancellation) is not { MergedInto: null } customer) return RefusalCode.NotFound;
        if (customer.Contact?.ErasedAt is not null) return RefusalCode.CustomerErased;
        var person = await PersonAsync(customerId, cancellation);
        List<Identifier> given = [.. new[] { Identifier.Email(request.Email), Identifier.Phone(request.Phone) }.OfType<Identifier>()];
        foreach (var identifier in given)
        {
            if (await people.OwnerAsync(identifier, cancellation) is { } owner && await store.SurvivorAsync(owner, cancellation) != customerId) return RefusalCode.Conflict;
        }

        // What was wrong leads here no longer. It goes first: as long as the record still has it, the same request asked again finds it.
        if (request.Email is not null) await ForgetAsync(Identifier.Email(person?.Email?.Value));
        if (request.Phone is not null) await ForgetAsync(Identifier.Phone(person?.Phone?.Value));
        await events.ApplyAsync(EventOf(customerId, request, given, Later(person, customer)), mayStart: false, cancellation);
        return null;

        Task ForgetAsync(Identifier? wrong) => wrong is { } name && !given.Contains(name) ? people.ReleaseAsync(name, customerId, cancellation) : Task.CompletedTask;
    }

    /// <summary>Later than everything that was told, whatever a shop's clock said: of two the later counts.</summary>
    private Instant Later(PersonState? person, CustomerState customer)
    {
        var latest = clock.GetCurrentInstant();
        Instant?[] told =
        [
            person?.Email?.At, person?.Phone?.At, person?.FirstName?.At, person?.LastName?.At,
            customer.Profile.Locale?.At, customer.Profile.Country?.At, customer.Profile.Birthday?.At,
        ];
        foreach (var at in told)
        {
            if (at is { } known && known >= latest) latest = known + Duration.FromMilliseconds(1);
        }

        return latest;
    }

    private CanonicalEvent EventOf(string customerId, RectifyRequest request, List<Identifier> given, Instant now)
    {
        return new CanonicalEvent
        {
            Id = "rectified:" + Hashing.Id(26, customerId, System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(request)), now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)),
            Source = Source,
            Type = EventTypes.CustomerUpdated,
            Time = now,
            ReceivedAt = now,
            Identifiers = [Identifier.Customer(customerId), .. given],
            Data = new EventData.Person
            {
                Email = request.Email?.Trim(),
                Phone = Identifier.Phone(request.Phone)?.Value["phone:".Length..],
                FirstName = request.FirstName,
                LastName = request.LastName,
                Locale = request.Locale,
                Country = request.Country,
                Birthday = request.Birthday,
                UpdatedAt = now,
            },
        };
    }

    private async Task<PersonState?> PersonAsync(string customerId, CancellationToken cancellation) =>
        await store.ReadAsync(Keys.CustomerPartition(customerId), Keys.PersonId, cancellation) is { } document ? LoyaltyJson.Read<PersonState>(document.Body.Span) : null;
}
