using System.Text;
using Loyalty.Cli.Demo;
using Loyalty.Core.Serialization;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Cosmos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

namespace Loyalty.Cli.Tests.Stores;

/// <summary>A small shop whose documents lie in Cosmos DB (the gateway's file), while queue, durable engine and clock stay on the host's file.</summary>
internal static class CosmosShop
{
    /// <summary>The shop; small enough to be played several times.</summary>
    public static DemoOptions Options(string file) => new() { Customers = 10, Days = 30, Seed = 3, DataFile = file };

    /// <summary>Puts the adapter in the place of the host's store.</summary>
    public static void Override(IServiceCollection services, GatewayAccount account) => services.Replace(ServiceDescriptor.Singleton<IDocumentStore>(
        provider => new CosmosDocumentStore(account.CreateClient(), provider.GetRequiredService<IClock>())));

    /// <summary>The gateway's clock stands at the demo's beginning: what expires is the adapter's business.</summary>
    public static Task<GatewayAccount> OpenAsync(string file) => GatewayAccount.OpenAsync(file, static () => Instant.FromUtc(2026, 1, 1, 0, 0));

    /// <summary>Plays the shop; answers with its tables and the names of its mails.</summary>
    public static Task<ShopOutcome> PlayAsync(DemoOptions options) => new DemoRun(options).PlayAsync(
        async (host, source) =>
        {
            Assert.Null(source.Failure);
            var report = await host.Services.GetRequiredService<ReportQueries>().ReadAsync(CancellationToken.None);
            Assert.Empty(report.Points.Findings);
            return new ShopOutcome(Encoding.UTF8.GetString(LoyaltyJson.Write(report)), Mails(options.DataFile!));
        },
        CancellationToken.None);

    /// <summary>Names follow from (run, step, visit): the same names are the same messages.</summary>
    public static IReadOnlyList<string> Mails(string file) =>
        [.. Directory.EnumerateFiles(DemoRun.OutboxOf(file), "*.eml").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}

/// <summary>What a shop's life came to.</summary>
internal sealed record ShopOutcome(string Tables, IReadOnlyList<string> Mails);
