using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Tests.Platforms;
using Loyalty.Connectors.WooCommerce;
using Loyalty.Core.Offers;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Connectors.Tests.WooCommerce;

/// <summary>The real HTTP client against a server on loopback that answers as WooCommerce's coupons controller does.</summary>
public sealed class WooCodesTests : IDisposable
{
    private const string Coupons = "/wp-json/wc/v3/coupons";

    private static readonly Instant Now = Instant.FromUtc(2026, 3, 2, 9, 0);
    private static readonly OfferRule Ten = new() { Name = "ten", Title = "Ten", Gift = new OfferGift.Percent(0.1m), RedeemAt = RedeemAt.Shop };

    private readonly TestShop _shop = new();
    private readonly HttpClient _client = ShopHttp.MakeClient();
    private readonly WooCodes _codes;

    /// <summary>What the shop has, by code in small letters as the shop keeps it.</summary>
    private readonly ConcurrentDictionary<string, JsonObject> _made = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<JsonObject> _posted = [];

    public WooCodesTests()
    {
        _codes = Codes("EUR");
        _shop.Answers[Coupons] = Serve;
    }

    public void Dispose()
    {
        _client.Dispose();
        _shop.Dispose();
    }

    [Fact]
    public async Task Create_Percent_AsksForOneUseWithEndMinimumAndCombination()
    {
        var offer = Ten with { MinimumMinor = 4000, Stacking = new OfferStacking(IsAlone: true) };

        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("TEN-1", offer) with { ValidUntil = Now + Duration.FromDays(7) }));

        var expected = JsonNode.Parse("""
            {"code":"TEN-1","description":"ten TEN-1","usage_limit":1,"usage_limit_per_user":1,"individual_use":true,"date_expires":"2026-03-09T09:00:00Z",
             "minimum_amount":"40.00","discount_type":"percent","amount":"10"}
            """);
        Assert.True(JsonNode.DeepEquals(expected, _posted.Single()), _posted.Single().ToJsonString());
        // ck_test:cs_test
        Assert.Equal(Coupons + " Basic Y2tfdGVzdDpjc190ZXN0", _shop.Asked.Single());
    }

    [Theory]
    [InlineData("0.125", "12.5")]
    [InlineData("0.3333", "33.33")]
    [InlineData("1", "100")]
    public async Task Create_Share_IsWrittenInPerCentWithoutRounding(string share, string expected)
    {
        await _codes.CreateAsync(Code("TEN-1", Ten with { Gift = new OfferGift.Percent(decimal.Parse(share, System.Globalization.CultureInfo.InvariantCulture)) }));
        Assert.Equal(expected, (string)_posted.Single()["amount"]!);
    }

    [Theory]
    [InlineData("EUR", 500, "5.00")]
    [InlineData("JPY", 500, "500")]
    [InlineData("KWD", 500, "0.500")]
    public async Task Create_Amount_IsWrittenInUnitsOfItsCurrency(string currency, long minor, string expected)
    {
        await Codes(currency).CreateAsync(Code("FIVE-1", Ten with { Gift = new OfferGift.Amount(minor, currency) }) with { Currency = currency });
        Assert.Equal(("fixed_cart", expected), ((string)_posted.Single()["discount_type"]!, (string)_posted.Single()["amount"]!));
    }

    [Fact]
    public async Task Create_FreeDelivery_IsACouponOfNothingThatFreesTheDelivery()
    {
        await _codes.CreateAsync(Code("SHIP-1", Ten with { Gift = new OfferGift.FreeDelivery() }));
        Assert.Equal("""{"code":"SHIP-1","description":"ten SHIP-1","usage_limit":1,"usage_limit_per_user":1,"individual_use":false,"discount_type":"fixed_cart","amount":"0","free_shipping":true}""", _posted.Single().ToJsonString());
    }

    [Fact]
    public async Task Create_WhatACouponCannotGive_FailsWithoutAsking()
    {
        foreach (var gift in new OfferGift[] { new OfferGift.Percent(0.1m, 2000), new OfferGift.FreeItem("MUG"), new OfferGift.Amount(500, "USD") })
            Assert.Equal(new ShopCodeAnswer.Failed(ShopCodeText.NotSupported), await _codes.CreateAsync(Code("X", Ten with { Gift = gift })));
        // A minimum in another currency than the shop's says nothing there.
        Assert.Equal(new ShopCodeAnswer.Failed(ShopCodeText.NotSupported), await _codes.CreateAsync(Code("X", Ten with { MinimumMinor = 100 }) with { Currency = "USD" }));
        Assert.Empty(_shop.Asked);
    }

    [Fact]
    public async Task Create_AskedAgain_FindsItsOwnAndMakesNoSecond()
    {
        await _codes.CreateAsync(Code("TEN-1"));
        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("TEN-1")));
        Assert.Single(_made);

        // Somebody else's coupon with that code: another code has to be drawn.
        _made["ten-2"] = new JsonObject { ["id"] = 7, ["code"] = "ten-2", ["description"] = "Winter sale", ["date_expires_gmt"] = null };
        Assert.Equal(new ShopCodeAnswer.Failed("taken"), await _codes.CreateAsync(Code("TEN-2")));
        Assert.Equal("Winter sale", (string)_made["ten-2"]["description"]!);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(504)]
    [InlineData(408)]
    public async Task Create_AnswerLostAfterItWasDone_IsLookedUpByItsCode(int status)
    {
        _shop.Answers[Coupons] = request =>
        {
            var answer = Serve(request);
            return request.HttpMethod == "POST" ? (status, "") : answer;
        };

        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("TEN-1")));

        Assert.Single(_made);
        Assert.Equal([Coupons, Coupons + "?code=TEN-1"], _shop.Asked.Select(static one => one.Split(' ')[0]));
    }

    [Fact]
    public async Task Create_AnswerLostAndNotDone_IsUnavailableAndDoneOnceLater()
    {
        _shop.Answers[Coupons] = request => request.HttpMethod == "POST" ? (502, "<html>") : Serve(request);
        Assert.False((await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")))).IsUntouched);

        _shop.Answers[Coupons] = Serve;
        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("TEN-1")));
        Assert.Single(_made);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    public async Task Create_PageOfAFirewall_IsUnavailableAndNoCoupon(int status)
    {
        _shop.Answers[Coupons] = request => request.HttpMethod == "POST" ? (status, "<html>Are you a robot?") : Serve(request);
        Assert.True((await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")))).IsUntouched);
    }

    [Theory]
    [InlineData(401, """{"code":"woocommerce_rest_authentication_error","message":"The API key provided does not have write permissions.","data":{"status":401}}""")]
    [InlineData(403, """{"code":"woocommerce_rest_cannot_create","message":"Sorry, you are not allowed to create resources.","data":{"status":403}}""")]
    [InlineData(429, "{}")]
    public async Task Create_NoAccessOrTooMany_IsUnavailableAndNamesNoSecret(int status, string body)
    {
        _shop.RetryAfter = "4";
        _shop.Answer(Coupons, body, status);
        var busy = await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")));
        Assert.Equal((true, Duration.FromSeconds(4)), (busy.IsUntouched, busy.RetryAfter));
        Assert.DoesNotContain("cs_test", busy.Message, StringComparison.Ordinal);
        Assert.Single(_shop.Asked);
    }

    [Fact]
    public async Task Create_Refused_FailsWithTheShopsOwnCode()
    {
        _shop.Answer(Coupons, """{"code":"woocommerce_rest_invalid_coupon","message":"Invalid discount amount","data":{"status":400}}""", 400);
        Assert.Equal(new ShopCodeAnswer.Failed("shop-refused-invalid-coupon"), await _codes.CreateAsync(Code("TEN-1")));
    }

    [Fact]
    public async Task Create_LookUpAnswersNoCoupons_IsUnavailable()
    {
        _shop.Answers[Coupons] = request => request.HttpMethod == "POST" ? (500, "") : (200, """{"code":"TEN-1"}""");
        await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")));
    }

    [Fact]
    public async Task Disable_OwnCode_EndsOnceAndOthersAreLeftAlone()
    {
        await _codes.CreateAsync(Code("TEN-1"));
        _made["ten-2"] = new JsonObject { ["id"] = 7, ["code"] = "ten-2", ["description"] = "Winter sale", ["date_expires_gmt"] = null };
        var ended = new List<string>();
        _shop.Answers[Coupons + "/1"] = request =>
        {
            var input = Body(request);
            ended.Add(input.ToJsonString());
            _made["ten-1"]["date_expires_gmt"] = ((string)input["date_expires"]!).TrimEnd('Z');
            return (200, "{}");
        };

        foreach (var code in new[] { "TEN-1", "TEN-1", "TEN-2", "TEN-3" }) Assert.IsType<ShopCodeAnswer.Done>(await _codes.DisableAsync(Code(code)));

        Assert.Equal(["""{"date_expires":"2026-03-02T08:59:59Z"}"""], ended);
    }

    private WooCodes Codes(string currency) => new(
        new ShopHttp(_client), new ConnectorSettings { Api = new ShopApi(_shop.Url, "ck_test", "cs_test"), Currency = currency }, new FixedClock(Now));

    private static ShopCode Code(string code, OfferRule? offer = null) => new(code, offer ?? Ten, null, "EUR");

    private static JsonObject Body(HttpListenerRequest request)
    {
        using var reader = new StreamReader(request.InputStream);
        return JsonNode.Parse(reader.ReadToEnd())!.AsObject();
    }

    /// <summary>A shop in which a code exists once, whatever its letters' case.</summary>
    private (int Status, string Body) Serve(HttpListenerRequest request)
    {
        if (request.HttpMethod == "GET")
            return (200, _made.TryGetValue(request.QueryString["code"]!.ToLowerInvariant(), out var known) ? $"[{known.ToJsonString()}]" : "[]");
        var input = Body(request);
        _posted.Enqueue(input);
        var code = ((string)input["code"]!).ToLowerInvariant();
        var made = new JsonObject { ["id"] = _made.Count + 1, ["code"] = code, ["description"] = (string)input["description"]!, ["date_expires_gmt"] = null };
        return _made.TryAdd(code, made)
            ? (201, made.ToJsonString())
            : (400, """{"code":"woocommerce_rest_coupon_code_already_exists","message":"The coupon code already exists","data":{"status":400}}""");
    }
}
