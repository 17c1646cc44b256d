using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.Tests.Platforms;
using Loyalty.Core.Offers;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Connectors.Tests.Shopify;

/// <summary>The real HTTP client against a server on loopback that answers as Shopify documents it.</summary>
public sealed class ShopifyCodesTests : IDisposable
{
    private const string Path = "/admin/api/2025-10/graphql.json";
    private const string Throttled = """
        {"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED","documentation":"https://shopify.dev/api/usage/rate-limits"}}],
         "extensions":{"cost":{"requestedQueryCost":202,"actualQueryCost":null,"throttleStatus":{"maximumAvailable":1000.0,"currentlyAvailable":52,"restoreRate":50.0}}}}
        """;

    private static readonly Instant Now = Instant.FromUtc(2026, 3, 2, 9, 0);
    private static readonly OfferRule Ten = new() { Name = "ten", Title = "Ten", Gift = new OfferGift.Percent(0.1m), RedeemAt = RedeemAt.Shop };

    private readonly TestShop _shop = new();
    private readonly HttpClient _client = ShopHttp.MakeClient();
    private readonly ShopifyCodes _codes;

    /// <summary>What the shop has: code → title.</summary>
    private readonly ConcurrentDictionary<string, string> _made = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<JsonNode> _asked = [];
    private int _deactivated;

    public ShopifyCodesTests()
    {
        _codes = new ShopifyCodes(new ShopHttp(_client), new ConnectorSettings { Api = new ShopApi(_shop.Url, null, "shpat_test") }, new FixedClock(Now));
        _shop.Answers[Path] = request => Serve(request);
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

        var input = _asked.Single()["variables"]!["input"]!;
        var expected = JsonNode.Parse("""
            {"title":"ten TEN-1","code":"TEN-1","startsAt":"2026-03-02T09:00:00Z","endsAt":"2026-03-09T09:00:00Z","usageLimit":1,"appliesOncePerCustomer":true,
             "context":{"all":"ALL"},"combinesWith":{"orderDiscounts":false,"productDiscounts":false,"shippingDiscounts":false},
             "minimumRequirement":{"subtotal":{"greaterThanOrEqualToSubtotal":"40.00"}},"customerGets":{"value":{"percentage":0.1},"items":{"all":true}}}
            """);
        Assert.True(JsonNode.DeepEquals(expected, input), input.ToJsonString());
        Assert.EndsWith(" shpat_test", _shop.Asked.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_AmountAndFreeDelivery_UseTheirOwnInputs()
    {
        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("FIVE-1", Ten with { Gift = new OfferGift.Amount(500, "EUR") })));
        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("SHIP-1", Ten with { Gift = new OfferGift.FreeDelivery() })));

        Assert.Equal("""{"value":{"discountAmount":{"amount":"5.00","appliesOnEachItem":false}},"items":{"all":true}}""", _asked[0]["variables"]!["input"]!["customerGets"]!.ToJsonString());
        Assert.Contains("discountCodeFreeShippingCreate(freeShippingCodeDiscount: $input)", (string)_asked[1]["query"]!, StringComparison.Ordinal);
        Assert.Equal("""{"all":true}""", _asked[1]["variables"]!["input"]!["destination"]!.ToJsonString());
        Assert.Null(_asked[1]["variables"]!["input"]!["customerGets"]);
    }

    [Fact]
    public async Task Create_WhatACodeCannotGive_FailsWithoutAsking()
    {
        foreach (var gift in new OfferGift[] { new OfferGift.Percent(0.1m, 2000), new OfferGift.FreeItem("MUG") })
            Assert.Equal(new ShopCodeAnswer.Failed(ShopCodeText.NotSupported), await _codes.CreateAsync(Code("X", Ten with { Gift = gift })));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Create_AskedAgain_FindsItsOwnAndMakesNoSecond()
    {
        await _codes.CreateAsync(Code("TEN-1"));
        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("TEN-1")));
        Assert.Single(_made);

        // Somebody else's discount with that code: another code has to be drawn.
        _made["TEN-2"] = "Winter sale";
        Assert.Equal(new ShopCodeAnswer.Failed("taken"), await _codes.CreateAsync(Code("TEN-2")));
        Assert.Equal("Winter sale", _made["TEN-2"]);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(408)]
    public async Task Create_AnswerLostAfterItWasDone_IsLookedUpByItsCode(int status)
    {
        var first = true;
        _shop.Answers[Path] = request =>
        {
            var answer = Serve(request);
            return first ? (Lost(status), "") : answer;
        };

        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("TEN-1")));

        Assert.Single(_made);
        Assert.Equal(["mutation", "query"], _asked.Select(static one => ((string)one["query"]!)[..((string)one["query"]!).IndexOf('(')]));

        int Lost(int code)
        {
            first = false;
            return code;
        }
    }

    [Fact]
    public async Task Create_NoAnswerInTimeAndNotDone_IsUnavailableAndDoneOnceLater()
    {
        var isSlow = true;
        _shop.Answers[Path] = request =>
        {
            // A mutation that never reached the shop: nothing is made, no answer comes before the client's patience ends.
            if (!isSlow) return Serve(request);
            isSlow = false;
            _client.CancelPendingRequests();
            return (200, "{}");
        };

        var lost = await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")));
        Assert.False(lost.IsUntouched);
        Assert.Empty(_made);
        Assert.IsType<ShopCodeAnswer.Done>(await _codes.CreateAsync(Code("TEN-1")));
        Assert.Single(_made);
    }

    [Fact]
    public async Task Create_Throttled_IsUnavailableForAsLongAsTheBucketNeedsAndNotLookedUp()
    {
        _shop.Answer(Path, Throttled);

        var busy = await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")));

        // (202 − 52) / 50 per second.
        Assert.Equal((true, Duration.FromSeconds(3)), (busy.IsUntouched, busy.RetryAfter));
        Assert.Single(_shop.Asked);
    }

    [Fact]
    public async Task Create_TooManyRequestsOrNoAccess_IsUnavailableAndNamesNoSecret()
    {
        _shop.RetryAfter = "4";
        _shop.Answer(Path, "{}", 429);
        var busy = await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")));
        Assert.Equal((true, Duration.FromSeconds(4)), (busy.IsUntouched, busy.RetryAfter));
        _shop.Answer(Path, """{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}""", 401);
        Assert.DoesNotContain("shpat", (await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")))).Message, StringComparison.Ordinal);
        _shop.Answer(Path, "<html>");
        await Assert.ThrowsAsync<ShopUnavailableException>(() => _codes.CreateAsync(Code("TEN-1")));
    }

    [Fact]
    public async Task Create_UserError_FailsWithTheShopsOwnCode()
    {
        _shop.Answer(Path, """{"data":{"created":{"codeDiscountNode":null,"userErrors":[{"field":["basicCodeDiscount","customerGets","value","percentage"],"code":"VALUE_OUTSIDE_RANGE","message":"Value must be between 0.0 and 1.0"}]}}}""");

        Assert.Equal(new ShopCodeAnswer.Failed("shop-refused-value-outside-range"), await _codes.CreateAsync(Code("TEN-1")));
    }

    [Fact]
    public async Task Disable_OwnCode_IsDeactivatedOnceAndOthersAreLeftAlone()
    {
        await _codes.CreateAsync(Code("TEN-1"));
        _made["TEN-2"] = "Winter sale";
        foreach (var code in new[] { "TEN-1", "TEN-1", "TEN-2", "TEN-3" }) Assert.IsType<ShopCodeAnswer.Done>(await _codes.DisableAsync(Code(code)));
        Assert.Equal(1, _deactivated);
    }

    private static ShopCode Code(string code, OfferRule? offer = null) => new(code, offer ?? Ten, null, "EUR");

    /// <summary>A shop in which a code exists once.</summary>
    private (int Status, string Body) Serve(System.Net.HttpListenerRequest request)
    {
        using var reader = new StreamReader(request.InputStream);
        var asked = JsonNode.Parse(reader.ReadToEnd())!;
        lock (_asked) _asked.Add(asked);
        var (query, variables) = ((string)asked["query"]!, asked["variables"]!);
        if (query.Contains("codeDiscountNodeByCode", StringComparison.Ordinal))
        {
            var code = (string)variables["code"]!;
            if (!_made.TryGetValue(code, out var title)) return (200, """{"data":{"found":null}}""");
            var status = title.EndsWith('†') ? "EXPIRED" : "ACTIVE";
            var discount = new JsonObject { ["title"] = title.TrimEnd('†'), ["status"] = status };
            var found = new JsonObject { ["id"] = "gid://shopify/DiscountCodeNode/" + code, ["codeDiscount"] = discount };
            return (200, new JsonObject { ["data"] = new JsonObject { ["found"] = found } }.ToJsonString());
        }

        if (query.Contains("discountCodeDeactivate", StringComparison.Ordinal))
        {
            _deactivated++;
            var code = ((string)variables["id"]!).Split('/')[^1];
            _made[code] += '†';
            return (200, """{"data":{"changed":{"codeDiscountNode":{"id":"x"},"userErrors":[]}}}""");
        }

        var input = variables["input"]!;
        return _made.TryAdd((string)input["code"]!, (string)input["title"]!)
            ? (200, """{"data":{"created":{"codeDiscountNode":{"id":"gid://shopify/DiscountCodeNode/1"},"userErrors":[]}}}""")
            : (200, """{"data":{"created":{"codeDiscountNode":null,"userErrors":[{"field":["basicCodeDiscount","code"],"code":"TAKEN","message":"Code must be unique. Please try a different code."}]}}}""");
    }
}
