using System.Text.Json;
using System.Text.Json.Nodes;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Offers;
using Loyalty.Engine.Ports;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Connectors.Shopify;

/// <summary>
/// Discount codes of a Shopify shop through its GraphQL Admin API. A shop has a code once, whoever makes it; so a repetition finds its own discount by the
/// code and the title, and makes no second one. What became of a request that was not answered is looked up by the code before anything is tried again.
/// </summary>
/// <remarks>
/// Needs the scopes <c>read_discounts</c> and <c>write_discounts</c>. Mutations and inputs: shopify.dev, Admin API 2025-10 (<c>discountCodeBasicCreate</c>,
/// <c>discountCodeFreeShippingCreate</c>, <c>codeDiscountNodeByCode</c>, <c>discountCodeDeactivate</c>).
/// </remarks>
public sealed class ShopifyCodes(ShopHttp http, ConnectorSettings settings, IClock clock) : IShopCodes
{
    /// <summary>The version of the interface that this was written for.</summary>
    public const string Version = "2025-10";

    private const string Create = """
        mutation($input: DiscountCodeBasicInput!) { created: discountCodeBasicCreate(basicCodeDiscount: $input) { codeDiscountNode { id } userErrors { field code message } } }
        """;

    private const string CreateFreeShipping = """
        mutation($input: DiscountCodeFreeShippingInput!) { created: discountCodeFreeShippingCreate(freeShippingCodeDiscount: $input) { codeDiscountNode { id } userErrors { field code message } } }
        """;

    private const string Find = """
        query($code: String!) { found: codeDiscountNodeByCode(code: $code) { id codeDiscount { ... on DiscountCodeBasic { title status } ... on DiscountCodeFreeShipping { title status } } } }
        """;

    private const string Deactivate = """
        mutation($id: ID!) { changed: discountCodeDeactivate(id: $id) { codeDiscountNode { id } userErrors { field code message } } }
        """;

    /// <inheritdoc/>
    public async Task<ShopCodeAnswer> CreateAsync(ShopCode code, CancellationToken cancellation = default)
    {
        if (Input(code) is not { } input) return new ShopCodeAnswer.Failed(ShopCodeText.NotSupported);
        JsonElement answer;
        try
        {
            answer = await AskAsync(code.Offer.Gift is OfferGift.FreeDelivery ? CreateFreeShipping : Create, new JsonObject { ["input"] = input }, cancellation);
        }
        catch (ShopUnavailableException unknown) when (!unknown.IsUntouched)
        {
            // It may have been done all the same.
            if (await FindAsync(code, cancellation) is { IsOurs: true }) return new ShopCodeAnswer.Done();
            throw;
        }

        var created = answer.GetProperty("created");
        var errors = created.GetProperty("userErrors").EnumerateArray().Select(static error => error.GetProperty("code").GetString() ?? "unknown").ToList();
        if (errors.Count == 0) return new ShopCodeAnswer.Done();
        if (!errors.Contains("TAKEN", StringComparer.Ordinal)) return ShopCodeText.RefusedAs(errors[0]);
        return await FindAsync(code, cancellation) is { IsOurs: true } ? new ShopCodeAnswer.Done() : new ShopCodeAnswer.Failed(ShopCodeText.Taken);
    }

    /// <inheritdoc/>
    public async Task<ShopCodeAnswer> DisableAsync(ShopCode code, CancellationToken cancellation = default)
    {
        if (await FindAsync(code, cancellation) is not { IsOurs: true, IsOver: false } found) return new ShopCodeAnswer.Done();
        var answer = await AskAsync(Deactivate, new JsonObject { ["id"] = found.Id }, cancellation);
        var errors = answer.GetProperty("changed").GetProperty("userErrors");
        return errors.GetArrayLength() == 0
            ? new ShopCodeAnswer.Done()
            : ShopCodeText.RefusedAs(errors[0].GetProperty("code").GetString() ?? "unknown");
    }

    /// <summary>null: a code of Shopify cannot give it.</summary>
    private JsonObject? Input(ShopCode code)
    {
        var combines = code.Offer.Stacking is { IsAlone: false, Group: null };
        var input = new JsonObject
        {
            ["title"] = ShopCodeText.TitleOf(code),
            ["code"] = code.Code,
            ["startsAt"] = InstantPattern.General.Format(clock.GetCurrentInstant()),
            ["endsAt"] = code.ValidUntil is { } until ? InstantPattern.General.Format(until) : null,
            ["usageLimit"] = 1,
            ["appliesOncePerCustomer"] = true,
            ["context"] = new JsonObject { ["all"] = "ALL" },
            ["combinesWith"] = new JsonObject { ["orderDiscounts"] = combines, ["productDiscounts"] = combines, ["shippingDiscounts"] = combines },
        };
        if (code.Offer.MinimumMinor is { } minimum)
            input["minimumRequirement"] = new JsonObject { ["subtotal"] = new JsonObject { ["greaterThanOrEqualToSubtotal"] = ShopCodeText.Amount(minimum, code.Currency) } };
        switch (code.Offer.Gift)
        {
            case OfferGift.FreeDelivery:
                // Of delivery there is no other class to combine with than goods and orders.
                input["combinesWith"]!.AsObject().Remove("shippingDiscounts");
                input["destination"] = new JsonObject { ["all"] = true };
                return input;
            case OfferGift.Percent { MostMinor: null } percent:
                input["customerGets"] = Gets(new JsonObject { ["percentage"] = percent.Share });
                return input;
            case OfferGift.Amount amount:
                input["customerGets"] = Gets(new JsonObject { ["discountAmount"] = new JsonObject { ["amount"] = ShopCodeText.Amount(amount.Minor, amount.Currency), ["appliesOnEachItem"] = false } });
                return input;
            default: return null;
        }
    }

    private static JsonObject Gets(JsonObject value) => new() { ["value"] = value, ["items"] = new JsonObject { ["all"] = true } };

    private async Task<Known?> FindAsync(ShopCode code, CancellationToken cancellation)
    {
        var answer = await AskAsync(Find, new JsonObject { ["code"] = code.Code }, cancellation);
        if (!answer.TryGetProperty("found", out var found) || found.ValueKind != JsonValueKind.Object) return null;
        var discount = found.GetProperty("codeDiscount");
        var title = discount.TryGetProperty("title", out var text) ? text.GetString() : null;
        var isOver = discount.TryGetProperty("status", out var status) && status.GetString() == "EXPIRED";
        return new Known(found.GetProperty("id").GetString()!, title == ShopCodeText.TitleOf(code), isOver);
    }

    /// <returns>The answer's <c>data</c>.</returns>
    /// <exception cref="ShopUnavailableException">No usable answer: throttled, cut off, out of time, broken, or without access.</exception>
    private async Task<JsonElement> AskAsync(string query, JsonObject variables, CancellationToken cancellation)
    {
        var api = settings.Api ?? throw new ShopUnavailableException("Set Connectors__Shopify__Api__Url and __Token.", isUntouched: true);
        var body = new JsonObject { ["query"] = query, ["variables"] = variables };
        var answered = await http.PostAsync(api.At($"/admin/api/{Version}/graphql.json"), "X-Shopify-Access-Token", api.Token, body.ToJsonString(), cancellation);
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(answered);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new ShopUnavailableException("The shop answered something that is no JSON.", isUntouched: false);
        }

        // Throttled requests and wrong queries are told with 200; neither was carried out.
        if (root.TryGetProperty("errors", out var errors))
        {
            var first = errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0 ? errors[0] : errors;
            var code = first.ValueKind == JsonValueKind.Object && first.TryGetProperty("extensions", out var extensions) && extensions.TryGetProperty("code", out var named) ? named.GetString() : null;
            var message = first.ValueKind == JsonValueKind.Object && first.TryGetProperty("message", out var text) ? text.GetString() : null;
            var isThrottled = code == "THROTTLED" || message == "Throttled";
            throw new ShopUnavailableException($"The shop answered {code ?? message ?? "an error"}.", isUntouched: code != "INTERNAL_SERVER_ERROR") { RetryAfter = isThrottled ? Restored(root) : null };
        }

        return root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
            ? data
            : throw new ShopUnavailableException("The shop answered neither data nor errors.", isUntouched: false);
    }

    /// <summary>When the bucket holds what the request costs.</summary>
    private static Duration? Restored(JsonElement root)
    {
        try
        {
            var cost = root.GetProperty("extensions").GetProperty("cost");
            var status = cost.GetProperty("throttleStatus");
            var missing = cost.GetProperty("requestedQueryCost").GetDouble() - status.GetProperty("currentlyAvailable").GetDouble();
            return Duration.FromSeconds(Math.Clamp(Math.Ceiling(missing / Math.Max(1, status.GetProperty("restoreRate").GetDouble())), 1, 60));
        }
        catch (Exception absent) when (absent is KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed record Known(string Id, bool IsOurs, bool IsOver);
}
