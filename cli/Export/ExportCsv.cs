using System.Globalization;
using System.Text;
using Loyalty.Simulation.Import;

namespace Loyalty.Cli.Export;

/// <summary>Members and balances as the table that <c>import --format members</c> reads. What shops know people by, and consents of several moments, stand in the JSON alone.</summary>
internal static class ExportCsv
{
    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create("\",;\t\r\n");

    private const string Header =
        "customer_id,email,phone,first_name,last_name,locale,zone,country,birthday,source,campaign,tags,consent,consent_at,signed_up_at,points,wallet,earned_at,available_at,expires_at";

    public static string Of(IEnumerable<ExportedMember> members, IEnumerable<ExportedBalance> balances)
    {
        var lots = balances.ToLookup(static one => one.CustomerId, StringComparer.Ordinal);
        var text = new StringBuilder(Header).Append("\r\n");
        foreach (var person in members.GroupBy(static one => one.CustomerId, StringComparer.Ordinal))
        {
            var profile = person.First();
            var latest = person.LastOrDefault(static one => one.Consent is not null);
            string?[] fields =
            [
                profile.CustomerId, profile.Email, profile.Phone, profile.FirstName, profile.LastName, profile.Locale, profile.Zone, profile.Country, Text(profile.Birthday), profile.Source,
                profile.Campaign, profile.Tags is { } tags ? string.Join('|', tags) : null, latest is null ? null : string.Join('|', latest.Consent!.Select(static one => (one.Value ? "" : "-") + one.Key)),
                Text(latest?.ConsentAt), Text(profile.SignedUpAt),
            ];
            var mine = lots[person.Key].ToList();
            foreach (var lot in mine) Line(text, [.. fields, lot.Points.ToString(CultureInfo.InvariantCulture), lot.Wallet, Text(lot.EarnedAt), Text(lot.AvailableAt), Text(lot.ExpiresAt)]);
            if (mine.Count == 0) Line(text, [.. fields, null, null, null, null, null]);
        }

        return text.ToString();
    }

    private static string? Text(NodaTime.LocalDate? day) => day is { } one ? NodaTime.Text.LocalDatePattern.Iso.Format(one) : null;

    private static string? Text(NodaTime.Instant? at) => at is { } one ? NodaTime.Text.InstantPattern.ExtendedIso.Format(one) : null;

    private static void Line(StringBuilder text, string?[] fields) => text.AppendJoin(',', fields.Select(Field)).Append("\r\n");

    private static string Field(string? value)
    {
        if (value is null) return "";
        var text = SpreadsheetText.Guarded(value);
        return !text.AsSpan().ContainsAny(Special) ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
