using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Tests.Platforms;
using Loyalty.Connectors.WooCommerce;
using Loyalty.Core.Events;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Connectors.Tests.WooCommerce;

/// <summary>The real HTTP client against a server on loopback.</summary>
public sealed class WooReaderTests : IDisposable
{
    private const string Order = """{"id":9,"status":"completed","currency":"EUR","date_modified_gmt":"2026-02-20T10:30:00","date_paid_gmt":"2026-02-01T00:00:00","customer_id":5,"line_items":[{"id":11,"quantity":2,"total":"18.00","total_tax":"0"}],"refunds":[{"id":500,"total":"-9.00"}]}""";
    private const string Refunds = """
        [{"id":500,"date_created_gmt":"2026-02-20T10:30:00","amount":"9.00","line_items":[{"id":70,"quantity":-1,"total":"-9.00","meta_data":[{"key":"_refunded_item_id","value":"11"}]}]},
         {"id":501,"date_created_gmt":"2026-02-20T10:31:00","amount":"4.90","line_items":[],"shipping_lines":[{"total":"-4.90","total_tax":"0"}]},
         {"id":502,"date_created_gmt":"2026-02-20T10:32:00","amount":"2.00","line_items":[]}]
        """;

    private readonly TestShop _shop = new();
    private readonly HttpClient _client = ShopHttp.MakeClient();

    public void Dispose()
    {
        _client.Dispose();
        _shop.Dispose();
    }

    [Fact]
    public async Task Read_Order_TellsItsRefundsByLine()
    {
        _shop.Answer("/wp-json/wc/v3/orders/9", Order);
        _shop.Answer("/wp-json/wc/v3/orders/9/refunds", Refunds);

        var found = Assert.IsType<ShopReading.Found>(await ReadAsync("refunds", "9"));

        var refunds = ((EventData.Order)Assert.Single(found.Events).Event.Data).Snapshot.Refunds;
        Assert.Equal(["500", "501", "502"], refunds.Select(static refund => refund.RefundId));
        Assert.Equal(("11", 1L, 900L), (refunds[0].Lines[0].LineId, refunds[0].Lines[0].Quantity, refunds[0].Lines[0].NetMinor));
        // Shipping only takes nothing off the goods; money for nothing in particular is spread.
        Assert.Equal([null, null, 200L], refunds.Select(static refund => refund.AmountMinor));
        Assert.Equal("Basic Y2s6Y3M=", _shop.Asked.First().Split(' ', 2)[1]);
        // Asked again with the same content it is the same event.
        Assert.Equal(found.Events[0].MessageId, ((ShopReading.Found)await ReadAsync("refunds", "9")).Events[0].MessageId);
    }

    [Fact]
    public async Task Read_Customer_TellsTheirOwnAddress()
    {
        _shop.Answer("/wp-json/wc/v3/customers/5", """{"id":5,"email":"five@example.com","first_name":"Five","date_modified_gmt":"2026-01-01T00:00:00","billing":{}}""");

        var found = Assert.IsType<ShopReading.Found>(await ReadAsync("customer", "5"));

        Assert.Equal(["woocommerce:tea.example:5", "email:five@example.com"], found.Events.Single().Event.Identifiers.Select(static i => i.Value));
    }

    [Theory]
    [InlineData(404, typeof(ShopReading.Nothing))]
    [InlineData(401, typeof(ShopReading.Refused))]
    [InlineData(403, typeof(ShopReading.Refused))]
    [InlineData(302, typeof(ShopReading.Refused))]
    [InlineData(400, typeof(ShopReading.Refused))]
    [InlineData(429, typeof(ShopReading.Later))]
    [InlineData(500, typeof(ShopReading.Later))]
    [InlineData(503, typeof(ShopReading.Later))]
    public async Task Read_Status_IsTriedAgainOrNot(int status, Type expected)
    {
        _shop.RetryAfter = "30";
        _shop.Answer("/wp-json/wc/v3/orders/9", "http://127.0.0.1:1/elsewhere", status);

        var reading = await ReadAsync("refunds", "9");

        Assert.IsType(expected, reading);
        if (reading is ShopReading.Later later) Assert.Equal(Duration.FromSeconds(30), later.After);
        Assert.Single(_shop.Asked);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"id":9,"currency":"EUR"}""")]
    public async Task Read_BodyThatCannotBeMapped_IsRefusedWithItsReason(string body)
    {
        _shop.Answer("/wp-json/wc/v3/orders/9", body);
        _shop.Answer("/wp-json/wc/v3/orders/9/refunds", "[]");

        Assert.NotEmpty(Assert.IsType<ShopReading.Refused>(await ReadAsync("refunds", "9")).Detail);
    }

    [Fact]
    public async Task Read_NobodyAnswers_IsTriedLater()
    {
        var settings = PlatformDeliveries.Woo with { Api = new(new Uri("http://127.0.0.1:1"), "ck", "cs") };

        Assert.IsType<ShopReading.Later>(await new WooReader(new ShopHttp(_client), settings, new FixedClock(Deliveries.Now)).ReadAsync(Told("refunds", "9"), default));
    }

    private Task<ShopReading> ReadAsync(string kind, string id) =>
        new WooReader(new ShopHttp(_client), PlatformDeliveries.Woo with { Api = new(_shop.Url, "ck", "cs") }, new FixedClock(Deliveries.Now)).ReadAsync(Told(kind, id), default);

    private static CanonicalEvent Told(string kind, string id) => new()
    {
        Id = "1",
        Source = "woocommerce:tea.example",
        Type = EventTypes.ShopChanged,
        Time = Deliveries.Now,
        ReceivedAt = Deliveries.Now,
        Data = new EventData.Facts(ShopResource.Facts("woocommerce", "tea.example", kind, id)),
    };
}
