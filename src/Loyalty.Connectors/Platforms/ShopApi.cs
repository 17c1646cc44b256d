namespace Loyalty.Connectors.Platforms;

/// <summary>Access to one shop's interface, for what its webhooks leave out.</summary>
/// <param name="Url">Where it is: <c>https://shop.example</c> for WooCommerce, <c>https://api.bigcommerce.com/stores/&lt;hash&gt;</c> for BigCommerce.</param>
/// <param name="Key">WooCommerce's consumer key; other platforms have none.</param>
/// <param name="Token">WooCommerce's consumer secret, BigCommerce's access token.</param>
public sealed record ShopApi(Uri Url, string? Key, string Token)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"{nameof(ShopApi)} {Url.Host}";

    internal Uri At(string path) => new(Url.ToString().TrimEnd('/') + path);
}
