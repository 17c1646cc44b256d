using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Simulation.Import;

/// <summary>
/// The CDNOW purchase log of Fader and Hardie: columns by white space, customer, date as yyyyMMdd, pieces, dollars. The
/// sample has a second customer number of its own after the first; the first is taken, so that both files name one
/// person alike. Exact duplicates and zero amounts are kept.
/// </summary>
public static class CdnowFile
{
    private static readonly LocalDatePattern Day = LocalDatePattern.CreateWithInvariantCulture("yyyyMMdd");

    /// <summary>Every purchase in the file's order.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="currency">ISO 4217; the log is in US dollars, its numbers name none.</param>
    /// <exception cref="PurchaseFileException">A line has other columns.</exception>
    public static IReadOnlyList<Purchase> Read(Stream stream, string currency = "USD")
    {
        var file = FileLines.Read(stream);
        var purchases = new List<Purchase>();
        var number = 0;
        foreach (var line in file.Text.AsSpan().EnumerateLines())
        {
            number++;
            var columns = line.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length == 0 || (number == 1 && columns[0] == "customer_id")) continue;
            purchases.Add(Row(file.Hash, number, columns, currency));
        }

        return purchases;
    }

    private static Purchase Row(string hash, int line, string[] columns, string currency)
    {
        if (columns.Length is not (4 or 5)) throw new PurchaseFileException(string.Create(CultureInfo.InvariantCulture, $"Line {line}: expected 4 or 5 columns by white space (customer, date, pieces, dollars), found {columns.Length}."));
        var day = Day.Parse(columns[^3]);
        if (!day.Success || !HistoryDay.IsInRange(day.Value)) throw PurchaseFileException.At(line, "a date from 1900 to 2199 as yyyyMMdd", columns[^3]);
        if (!long.TryParse(columns[^2], NumberStyles.None, CultureInfo.InvariantCulture, out var quantity)
            || quantity > 1_000_000)
            throw PurchaseFileException.At(line, "a number of pieces", columns[^2]);
        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(columns[^1], Style, CultureInfo.InvariantCulture, out var dollars) || dollars > 1e9m)
            throw PurchaseFileException.At(line, "an amount in dollars", columns[^1]);
        return new Purchase
        {
            EventId = string.Create(CultureInfo.InvariantCulture, $"{hash}:{line}"),
            Line = line,
            CustomerId = columns[0],
            Date = day.Value,
            Quantity = quantity,
            AmountMinor = (long)decimal.Round(dollars * 100, 0, MidpointRounding.AwayFromZero),
            Currency = currency,
        };
    }
}
