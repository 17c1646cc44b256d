using Loyalty.Simulation.Import;

namespace Loyalty.Cli.Import;

/// <summary>Reads a file of history in any of the formats.</summary>
internal static class PurchaseHistoryFile
{
    /// <summary>Members, and the purchases up to the last day, in the file's order.</summary>
    /// <param name="options">File, format, last day, currency.</param>
    /// <param name="programCurrency">Stands for amounts without a currency.</param>
    /// <exception cref="PurchaseFileException">A record cannot be read.</exception>
    public static HistoryFile Read(ImportOptions options, string programCurrency)
    {
        var currency = options.Currency ?? programCurrency;
        using var stream = File.OpenRead(options.File);
        var file = options.Format switch
        {
            "cdnow" => new HistoryFile([], CdnowFile.Read(stream, currency)),
            "members" => MembersCsv.Read(stream),
            "json" => JsonHistory.Read(stream, currency),
            _ => new HistoryFile([], CsvPurchases.Read(stream, currency)),
        };
        return options.Until is { } last ? file with { Purchases = [.. file.Purchases.Where(purchase => purchase.Date <= last)] } : file;
    }
}
