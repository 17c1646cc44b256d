using Loyalty.Core.Events;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

namespace Loyalty.Functions.Tests.Runs;

/// <summary>Somebody orders as a guest, opens an account, and the shop tells that both are one: webhooks in, one person read back.</summary>
public sealed class MergedPeopleTests(MergedPeopleTests.WithCuts program) : IClassFixture<MergedPeopleTests.WithCuts>
{
    [Fact]
    public async Task Shopify_GuestCheckoutAccountThenBoth_OnePerson()
    {
        var (guest, account) = await GuestAndAccountAsync(5001, "nina@example.com");
        Assert.NotEqual(guest, account);

        Assert.Equal("202", (await program.ShopifyAsync("customers/update", Account(5001, "\"nina@example.com\""))).Summary);
        await program.SettleAsync();

        await AssertOnePersonAsync(guest, account, 5001, "nina@example.com");
        Assert.Empty(program.DeadLetters());
    }

    [Fact]
    public async Task Shopify_MergeCutOff_TheSweepResumesIt()
    {
        var (guest, account) = await GuestAndAccountAsync(5002, "olga@example.com");
        program.Store.IsCut = true;
        using (var scope = program.Host.Services.CreateScope())
        {
            var merger = scope.ServiceProvider.GetRequiredService<PersonMerger>();
            await Assert.ThrowsAsync<StoreUnavailableException>(() => merger.MergeAsync(guest, account, Cause()));
        }

        program.Store.IsCut = false;
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromMinutes(5));

        await AssertOnePersonAsync(guest, account, 5002, "olga@example.com");
    }

    private async Task<(string Guest, string Account)> GuestAndAccountAsync(long id, string email)
    {
        Assert.Equal("202", (await program.ShopifyAsync("orders/paid", GuestOrder(id, email))).Summary);
        await program.SettleAsync();
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromMinutes(1));
        Assert.Equal("202", (await program.ShopifyAsync("customers/create", Account(id, "null"))).Summary);
        await program.SettleAsync();
        var account = await program.GetAsync($"api/customers?external=shopify:{ProgramFixture.Shop}:{id}");
        Assert.Equal(200, account.Status);
        return (await program.IdOfAsync(email), (string)account.Body["id"]!);
    }

    private async Task AssertOnePersonAsync(string guest, string account, long id, string email)
    {
        Assert.Equal(guest, await program.IdOfAsync(email));
        Assert.Equal(guest, (string)(await program.GetAsync($"api/customers?external=shopify:{ProgramFixture.Shop}:{id}")).Body["id"]!);
        var person = (await program.GetAsync($"api/customers/{account}")).Body;
        Assert.Equal((guest, 1, "refer"), ((string)person["id"]!, (int)person["orders"]!, (string)person["stage"]!));
        var balances = (await program.GetAsync($"api/customers/{account}/points")).Body["wallets"]!.AsArray().Single()!["balances"]!;
        Assert.Equal((20, 100), ((long)balances["pending"]!, (long)balances["available"]!));
        var explained = (await program.GetAsync($"api/customers/{account}/points/explain")).Body.AsArray().Single()!;
        Assert.Equal(["grant 20", "grant 100"], explained["lines"]!.AsArray().Select(static line => $"{line!["type"]} {line["points"]}"));
        // The account's journeys go on with the guest's record, under the ids they had.
        var runs = (await program.GetAsync($"api/customers/{guest}/runs")).Body.AsArray();
        Assert.Equal(["not-bought", "welcome"], runs.Select(static run => (string)run!["journey"]!).Order(StringComparer.Ordinal));
    }

    private static CanonicalEvent Cause() => new()
    {
        Id = "cut",
        Source = "test",
        Type = EventTypes.CustomerUpdated,
        Time = ProgramFixture.Morning,
        ReceivedAt = ProgramFixture.Morning,
        Data = new EventData.Person(),
    };

    private static string GuestOrder(long id, string email) => $$"""
        { "id": {{id}}, "email": "{{email}}", "currency": "USD", "financial_status": "paid", "created_at": "2026-03-02T14:00:00Z", "updated_at": "2026-03-02T14:00:00Z", "customer": null,
          "line_items": [{ "id": 1, "sku": "CUP", "title": "Cup", "quantity": 2, "price": "10.00" }] }
        """;

    private static string Account(long id, string email) => $$"""
        { "id": {{id}}, "email": {{email}}, "first_name": "Nina", "created_at": "2026-03-02T14:30:00Z", "updated_at": "2026-03-02T14:30:00Z" }
        """;

    /// <summary>The program on a store whose deletions can be cut off: the middle of every merge.</summary>
    public sealed class WithCuts : ProgramFixture
    {
        internal CutStore Store { get; private set; } = null!;

        protected override ProgramHostOptions Adjust(ProgramHostOptions options) => options with
        {
            Override = services =>
            {
                var inner = (IDocumentStore)services.Last(static one => one.ServiceType == typeof(IDocumentStore) && one.ImplementationInstance is not null)
                    .ImplementationInstance!;
                Store = new CutStore(inner);
                services.Replace(ServiceDescriptor.Singleton<IDocumentStore>(Store));
            },
        };
    }
}
