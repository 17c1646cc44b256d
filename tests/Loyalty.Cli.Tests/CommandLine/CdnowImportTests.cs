using System.Text.Json;
using Loyalty.Cli.Tests.Kills;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Cli.Tests.CommandLine;

/// <summary>The CDNOW sample, 18 months of a real shop, through <c>loyalty import</c>.</summary>
public sealed class CdnowImportTests : IDisposable
{
    private const string Sample = "cdnow/CDNOW_sample.txt";
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedDataFact(Sample)]
    public async Task Import_CdnowSample_EveryPurchaseOfEveryCustomerOnceHoweverOftenImported()
    {
        var file = Path.Combine(_folder, "shop.db");

        var first = await ImportAsync(file);
        Assert.Equal((6_919, 2_357, 6_919, 0, 0), first);
        Assert.Equal(PurchasesInTheFile(), await OrdersPerCustomerAsync(file));

        var again = await ImportAsync(file);
        Assert.Equal((6_919, 2_357, 0, 6_919, 0), again);
        Assert.Equal(PurchasesInTheFile(), await OrdersPerCustomerAsync(file));
    }

    private async Task<(int Purchases, int People, int Applied, int Before, int Refused)> ImportAsync(string file)
    {
        var result = await LoyaltyProcess.RunAsync(_folder, "import", "--format", "cdnow", SharedData.Full(Sample), "--data", file, "--json");
        // The exit code says that every balance is the sum of its entries.
        Assert.True(result.ExitCode == 0, result.Errors);
        using var json = JsonDocument.Parse(result.Output);
        int Of(string name) => json.RootElement.EnumerateObject().First(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase)).Value.GetInt32();
        return (Of("purchases"), Of("people"), Of("applied"), Of("before"), Of("refused"));
    }

    /// <summary>How many customers have so many purchases, counted from the file: customer id, cohort id, day, pieces, amount.</summary>
    private static SortedDictionary<int, int> PurchasesInTheFile() => Histogram(File.ReadLines(SharedData.Full(Sample))
        .Where(static line => line.Trim().Length > 0)
        .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));

    private async Task<SortedDictionary<int, int>> OrdersPerCustomerAsync(string file)
    {
        var mail = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Mail"] = "outbox:" + Path.Combine(_folder, "mails") };
        await using var reader = ProgramReader.Open(file, mail);
        var store = reader.Services.GetRequiredService<IDocumentStore>();
        return Histogram(await store.ScanAsync(Kinds.Order).Select(static document => document.Partition).ToListAsync());
    }

    private static SortedDictionary<int, int> Histogram(IEnumerable<string> owners) => new(owners
        .CountBy(static owner => owner)
        .GroupBy(static one => one.Value)
        .ToDictionary(static group => group.Key, static group => group.Count()));
}
