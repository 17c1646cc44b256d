using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Storage;
using Loyalty.Simulation.Shop;

namespace Loyalty.Cli.Demo;

/// <summary>
/// Which shop a demo's file belongs to. A file of one shop played on with another would be neither: half of its people would never have signed up, and
/// the tables would say nothing.
/// </summary>
/// <param name="Customers">People.</param>
/// <param name="Days">Virtual days.</param>
/// <param name="Seed">Of everything random.</param>
internal sealed record DemoShop(int Customers, int Days, long Seed)
{
    private const string Partition = "demo";
    private const string Id = "shop";

    /// <summary>Writes down the shop of a fresh file.</summary>
    /// <exception cref="UsageException">The file is another shop's.</exception>
    public static async Task ClaimAsync(IDocumentStore store, ShopOptions options, string file, CancellationToken cancellation)
    {
        var mine = new DemoShop(options.Customers, options.Days, options.Seed);
        await store.CommitAsync(Partition, [new DocumentWrite.Create(Id, "demo", LoyaltyJson.Write(mine))], cancellation);
        var document = await store.ReadAsync(Partition, Id, cancellation);
        var its = LoyaltyJson.Read<DemoShop>(document!.Body.Span);
        if (its != mine) throw new UsageException($"The file {file} was made with {its}, not with {mine}. Go on with {its}, or give another file with --data.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"--customers {Customers} --days {Days} --seed {Seed}");
}
