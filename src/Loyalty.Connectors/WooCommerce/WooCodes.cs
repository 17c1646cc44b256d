using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Offers;
using Loyalty.Engine.Ports;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Connectors.WooCommerce;

/// <summary>
/// Coupons of a WooCommerce shop through its REST interface (<c>POST /wp-json/wc/v3/coupons</c>). A shop has a code once: a repetition is refused by the shop
/// and finds its own coupon by the code and the description. What became of a request that was not answered is looked up by the code first.
/// </summary>
/// <remarks>
/// Needs a REST key with permission to read and write. Names: WooCommerce's coupons controller, versions 2 and 3 of the interface. It has no setter for
/// <c>date_expires_gmt</c>; <c>date_expires</c> is read in the shop's own zone unless it says another, which is why it ends in <c>Z</c> here.
/// </remarks>
public sealed class WooCodes(ShopHttp http, ConnectorSettings settings, IClock clock) : IShopCodes
{
    private const string Coupons = WooReader.Root + "/coupons";
    private const string ExistsAlready = "woocommerce_rest_coupon_code_already_exists";
    private const string OwnPrefix = "woocommerce_rest_";

    /// <inheritdoc/>
    public async Task<ShopCodeAnswer> CreateAsync(ShopCode code, CancellationToken cancellation = default)
    {
        if (Input(code) is not { } input) return new ShopCodeAnswer.Failed(ShopCodeText.NotSupported);
        (int Status, ReadOnlyMemory<byte> Body) answer;
        try
        {
            answer = await PostAsync(Coupons, input, cancellation);
        }
        catch (ShopUnavailableException unknown) when (!unknown.IsUntouched)
        {
            // It may have been done all the same.
            if (await FindAsync(code, cancellation) is { IsOurs: true }) return new ShopCodeAnswer.Done();
            throw;
        }

        if (answer.Status == 201) return new ShopCodeAnswer.Done();
        var refusal = answer.Status == 400 ? CodeOf(answer.Body) : null;
        if (refusal is not null and not ExistsAlready) return Refused(refusal);
        if (await FindAsync(code, cancellation) is { IsOurs: true }) return new ShopCodeAnswer.Done();
        // Else a page that something in front of the shop has sent.
        return refusal is not null ? new ShopCodeAnswer.Failed(ShopCodeText.Taken) : throw new ShopUnavailableException($"The shop answered {answer.Status} and made no coupon.", isUntouched: true);
    }

    /// <inheritdoc/>
    public async Task<ShopCodeAnswer> DisableAsync(ShopCode code, CancellationToken cancellation = default)
    {
        if (await FindAsync(code, cancellation) is not { IsOurs: true, IsOver: false } found) return new ShopCodeAnswer.Done();
        // It ends and stays: the shop's staff sees what it was, and its code cannot be made again.
        var ended = new JsonObject { ["date_expires"] = InstantPattern.General.Format(clock.GetCurrentInstant() - Duration.FromSeconds(1)) };
        var (status, body) = await PostAsync(string.Create(CultureInfo.InvariantCulture, $"{Coupons}/{found.Id}"), ended, cancellation);
        return status == 400 && CodeOf(body) is { } refusal ? Refused(refusal) : new ShopCodeAnswer.Done();
    }

    /// <summary>null: a coupon of WooCommerce cannot give it.</summary>
    private JsonObject? Input(ShopCode code)
    {
        var isOtherCurrency = settings.Currency is { Length: > 0 } own && !string.Equals(own, (code.Offer.Gift as OfferGift.Amount)?.Currency ?? code.Currency, StringComparison.OrdinalIgnoreCase);
        if (isOtherCurrency && (code.Offer.Gift is OfferGift.Amount || code.Offer.MinimumMinor is not null)) return null;
        var input = new JsonObject
        {
            ["code"] = code.Code,
            ["description"] = ShopCodeText.TitleOf(code),
            ["usage_limit"] = 1,
            ["usage_limit_per_user"] = 1,
            ["individual_use"] = code.Offer.Stacking is not { IsAlone: false, Group: null },
        };
        if (code.ValidUntil is { } until) input["date_expires"] = InstantPattern.General.Format(until);
        if (code.Offer.MinimumMinor is { } minimum) input["minimum_amount"] = ShopCodeText.Amount(minimum, code.Currency);
        switch (code.Offer.Gift)
        {
            case OfferGift.FreeDelivery:
                input["discount_type"] = "fixed_cart";
                input["amount"] = "0";
                input["free_shipping"] = true;
                return input;
            case OfferGift.Percent { MostMinor: null } percent:
                input["discount_type"] = "percent";
                input["amount"] = (percent.Share * 100).ToString("0.######", CultureInfo.InvariantCulture);
                return input;
            case OfferGift.Amount amount:
                input["discount_type"] = "fixed_cart";
                input["amount"] = ShopCodeText.Amount(amount.Minor, amount.Currency);
                return input;
            default: return null;
        }
    }

    private async Task<Known?> FindAsync(ShopCode code, CancellationToken cancellation)
    {
        var (body, failure) = await WooReader.GetAsync(http, Api, "/coupons?code=" + Uri.EscapeDataString(code.Code), cancellation);
        if (failure is not null) throw Unread(failure);
        try
        {
            using var document = JsonDocument.Parse(body);
            foreach (var coupon in document.RootElement.EnumerateArray())
            {
                // The shop writes codes in small letters and compares them so.
                if (!string.Equals(coupon.GetProperty("code").GetString(), code.Code, StringComparison.OrdinalIgnoreCase)) continue;
                return new Known(coupon.GetProperty("id").GetInt64(), coupon.GetProperty("description").GetString()?.Trim() == ShopCodeText.TitleOf(code), IsOver(coupon));
            }

            return null;
        }
        catch (Exception odd) when (odd is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ShopUnavailableException("The shop answered something that is no list of coupons.", isUntouched: false);
        }
    }

    private bool IsOver(JsonElement coupon) =>
        coupon.TryGetProperty("date_expires_gmt", out var end) && end.ValueKind == JsonValueKind.String
        && LocalDateTimePattern.GeneralIso.Parse(end.GetString()!) is { Success: true, Value: var moment }
        && moment.InUtc().ToInstant() < clock.GetCurrentInstant();

    private Task<(int Status, ReadOnlyMemory<byte> Body)> PostAsync(string path, JsonObject input, CancellationToken cancellation) =>
        http.PostForAsync(Api.At(path), "Authorization", WooReader.Basic(Api), input.ToJsonString(), static status => status is 200 or 201 or 400, cancellation);

    private ShopApi Api => settings.Api ?? throw new ShopUnavailableException("Set Connectors__WooCommerce__Api__Url, __Key and __Token.", isUntouched: true);

    private static ShopUnavailableException Unread(ShopReading failure) => failure switch
    {
        ShopReading.Later later => new ShopUnavailableException(later.Detail, isUntouched: false) { RetryAfter = later.After },
        ShopReading.Refused refused => new ShopUnavailableException(refused.Detail, isUntouched: false),
        _ => new ShopUnavailableException("The shop has no coupons at this address.", isUntouched: false),
    };

    private static ShopCodeAnswer.Failed Refused(string code) => ShopCodeText.RefusedAs(code.StartsWith(OwnPrefix, StringComparison.Ordinal) ? code[OwnPrefix.Length..] : code);

    /// <summary>The error's own code; null: it is no error of the interface.</summary>
    private static string? CodeOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String ? code.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Known(long Id, bool IsOurs, bool IsOver);
}
