using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Loyalty.Core.Orders;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Simulation.Import;

/// <summary>
/// Cuts a file of history into documents of the JSON format that are small enough for a request. Each record keeps its id, so that a file imported over HTTP and
/// the same file imported into a data file are the same records.
/// </summary>
public static class HistoryParts
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Bytes of a part's records at most, within what a request can carry.</summary>
    private const int MostBytes = 900_000;

    private static readonly string[] Sections = ["members", "purchases", "balances", "standings"];

    /// <summary>Rows of documents: those of one row have to be imported one after the other, the rows side by side.</summary>
    /// <param name="people">The file's records by person.</param>
    /// <param name="most">Records of a document, 1 or more.</param>
    public static IReadOnlyList<IReadOnlyList<HistoryPart>> Of(IReadOnlyList<IReadOnlyList<HistoryRecord>> people, int most)
    {
        var rows = new List<IReadOnlyList<HistoryPart>>();
        var (open, bytes) = (new List<Written>(most), 0);
        foreach (var whole in people)
        {
            // Whoever reads the part implies them again.
            var person = whole.Where(static record => !record.IsImplied).Select(static record => new Written(record, Json(record))).ToList();
            var size = person.Sum(static one => one.Json.Length);
            if (person.Count > most || size > MostBytes)
            {
                rows.Add([.. Chunks(person, most).Select(Part)]);
                continue;
            }

            if (open.Count + person.Count > most || bytes + size > MostBytes) Close();
            open.AddRange(person);
            bytes += size;
        }

        Close();
        return rows;

        void Close()
        {
            if (open.Count > 0) rows.Add([Part(open)]);
            open.Clear();
            bytes = 0;
        }
    }

    private static IEnumerable<List<Written>> Chunks(List<Written> person, int most)
    {
        var (open, bytes) = (new List<Written>(), 0);
        foreach (var one in person)
        {
            if (open.Count > 0 && (open.Count == most || bytes + one.Json.Length > MostBytes))
            {
                yield return open;
                (open, bytes) = ([], 0);
            }

            open.Add(one);
            bytes += one.Json.Length;
        }

        yield return open;
    }

    /// <summary>Members first, then purchases, balances and standings, each record on a line of its own: line n is record n.</summary>
    private static HistoryPart Part(IReadOnlyList<Written> records)
    {
        IReadOnlyList<Written> sorted = [.. records.OrderBy(static one => Section(one.Record))];
        var (text, section) = (new StringBuilder("{\"members\":["), 0);
        for (var i = 0; i < sorted.Count; i++)
        {
            var its = Section(sorted[i].Record);
            if (its != section) text.Append("],\"").Append(Sections[section = its]).Append("\":[");
            else if (i > 0) text.Append(',');
            if (i > 0) text.Append('\n');
            text.Append(sorted[i].Json);
        }

        return new HistoryPart([.. sorted.Select(static one => one.Record)], Encoding.UTF8.GetBytes(text.Append("]}").ToString()));
    }

    private static int Section(HistoryRecord one) => one.Member is not null ? 0 : one.Purchase is not null ? 1 : one.Balance is not null ? 2 : 3;

    private static string Json(HistoryRecord one) => JsonSerializer.Serialize(
        one.Member is { } member ? Of(member) : one.Purchase is { } purchase ? Of(purchase) : one.Balance is { } balance ? Of(balance) : Of(one.Standing!), Options);

    private sealed record Written(HistoryRecord Record, string Json);

    private static object Of(Member one) => new
    {
        Id = one.EventId,
        one.CustomerId,
        one.Profile.Email,
        one.Profile.Phone,
        one.Profile.FirstName,
        one.Profile.LastName,
        one.Profile.Locale,
        one.Profile.Zone,
        one.Profile.Country,
        Birthday = one.Profile.Birthday is { } day ? LocalDatePattern.Iso.Format(day) : null,
        Source = one.Profile.AcquisitionSource,
        one.Profile.Campaign,
        Tags = one.Profile.Tags?.ToArray(),
        Consent = one.Profile.Consent.IsEmpty ? null : one.Profile.Consent,
        ConsentAt = Text(one.Profile.ConsentAt),
        SignedUpAt = Text(one.SignedUpAt),
        UpdatedAt = Text(one.UpdatedAt),
        Identifiers = one.Identifiers.IsEmpty ? null : one.Identifiers.ToArray(),
    };

    private static object Of(Purchase one) => new
    {
        Id = one.EventId,
        one.CustomerId,
        one.Email,
        Date = Text(one.At) ?? LocalDatePattern.Iso.Format(one.Date),
        Amount = ((decimal)one.AmountMinor / CurrencyUnits.MinorPerUnit(one.Currency)).ToString(CultureInfo.InvariantCulture),
        one.Currency,
        one.Quantity,
        one.OrderId,
        one.Sku,
    };

    private static object Of(Balance one) => new
    {
        Id = one.EventId,
        one.CustomerId,
        one.Email,
        one.Wallet,
        one.Points,
        EarnedAt = Text(one.EarnedAt),
        AvailableAt = Text(one.AvailableAt),
        ExpiresAt = Text(one.ExpiresAt),
        one.Reason,
    };

    private static object Of(Standing one) => new
    {
        Id = one.EventId,
        one.CustomerId,
        one.Email,
        one.Brought.Tier,
        Since = Text(one.Brought.Since),
        Until = Text(one.Brought.Until),
        Steps = one.Brought.Steps.Select(static step => new { Tier = step.Name, Day = LocalDatePattern.Iso.Format(step.Day), Kept = step.IsKept }).ToArray(),
        Counted = one.Brought.Counted.Select(static day => new { Day = LocalDatePattern.Iso.Format(day.Day), day.Points, day.SpendMinor, day.Orders }).ToArray(),
    };

    private static string? Text(Instant? at) => at is { } one ? InstantPattern.ExtendedIso.Format(one) : null;
}

/// <summary>A document that a request can carry.</summary>
/// <param name="Records">Its records, in the order of its lines.</param>
/// <param name="Json">UTF-8.</param>
public sealed record HistoryPart(IReadOnlyList<HistoryRecord> Records, byte[] Json);
