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

    /// <summary>Rows of documents: those of one row have to be imported one after the other, the rows side by side.</summary>
    /// <param name="people">The file's records by person.</param>
    /// <param name="most">Records of a document, 1 or more.</param>
    public static IReadOnlyList<IReadOnlyList<HistoryPart>> Of(IReadOnlyList<IReadOnlyList<HistoryRecord>> people, int most)
    {
        var rows = new List<IReadOnlyList<HistoryPart>>();
        var open = new List<HistoryRecord>(most);
        foreach (var whole in people)
        {
            // Whoever reads the part implies them again.
            var person = whole.Where(static record => !record.IsImplied).ToList();
            if (person.Count > most)
            {
                rows.Add([.. person.Chunk(most).Select(Part)]);
                continue;
            }

            if (open.Count + person.Count > most) Close();
            open.AddRange(person);
        }

        Close();
        return rows;

        void Close()
        {
            if (open.Count > 0) rows.Add([Part(open)]);
            open.Clear();
        }
    }

    /// <summary>Members first, then purchases, then balances, each record on a line of its own: line n is record n.</summary>
    private static HistoryPart Part(IReadOnlyList<HistoryRecord> records)
    {
        IReadOnlyList<HistoryRecord> sorted = [.. records.OrderBy(static one => one.Member is not null ? 0 : one.Purchase is not null ? 1 : 2)];
        var text = new StringBuilder("{\"members\":[");
        var (hasPurchases, hasBalances) = (false, false);
        for (var i = 0; i < sorted.Count; i++)
        {
            var one = sorted[i];
            if (one.Purchase is not null && !hasPurchases) (hasPurchases, _) = (true, text.Append("],\"purchases\":["));
            else if (one.Balance is not null && !hasBalances) (hasBalances, _) = (true, text.Append("],\"balances\":["));
            else if (i > 0) text.Append(',');
            if (i > 0) text.Append('\n');
            text.Append(JsonSerializer.Serialize(one.Member is { } member ? Of(member) : one.Purchase is { } purchase ? Of(purchase) : Of(one.Balance!), Options));
        }

        return new HistoryPart(sorted, Encoding.UTF8.GetBytes(text.Append("]}").ToString()));
    }

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

    private static string? Text(Instant? at) => at is { } one ? InstantPattern.ExtendedIso.Format(one) : null;
}

/// <summary>A document that a request can carry.</summary>
/// <param name="Records">Its records, in the order of its lines.</param>
/// <param name="Json">UTF-8.</param>
public sealed record HistoryPart(IReadOnlyList<HistoryRecord> Records, byte[] Json);
