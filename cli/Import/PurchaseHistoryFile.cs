using Loyalty.Simulation.Import;

namespace Loyalty.Cli.Import;

/// <summary>Reads a file of history in any of the formats.</summary>
internal static class PurchaseHistoryFile
{
    /// <summary>The purchases up to the last day, in the file's order.</summary>
    /// <param name="options">File, format, last day, currency.</param>
    /// <param name="programCurrency">Stands for amounts without a currency.</param>
    /// <exception cref="PurchaseFileException">A line cannot be read.</exception>
    public static IReadOnlyList<Purchase> Read(ImportOptions options, string programCurrency)
    {
        var currency = options.Currency ?? programCurrency;
        using var stream = File.OpenRead(options.File);
        var purchases = options.Format == "cdnow"
            ? CdnowFile.Read(stream, currency)
            : CsvPurchases.Read(stream, currency);
        return options.Until is { } last ? [.. purchases.Where(purchase => purchase.Date <= last)] : purchases;
    }
}
