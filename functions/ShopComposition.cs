using Loyalty.Connectors;
using Loyalty.Connectors.Adobe;
using Loyalty.Connectors.BigCommerce;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.WooCommerce;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Functions.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Loyalty.Functions;

/// <summary>What reads shops' interfaces.</summary>
internal static class ShopComposition
{
    public static void AddShops(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => new ShopHttp(ShopHttp.MakeClient()));
        services.AddSingleton<IShopReader>(static provider =>
            ActivatorUtilities.CreateInstance<WooReader>(provider, provider.GetRequiredService<LoyaltySettings>().Connector("woocommerce")));
        services.AddSingleton(static provider =>
            ActivatorUtilities.CreateInstance<WooReconciler>(provider, provider.GetRequiredService<LoyaltySettings>().Connector("woocommerce")));
        services.AddSingleton<IShopReader>(static provider =>
            ActivatorUtilities.CreateInstance<BigCommerceReader>(provider, provider.GetRequiredService<LoyaltySettings>().Connector("bigcommerce")));
        services.TryAddSingleton<IPublicKeys>(static provider => ActivatorUtilities.CreateInstance<AdobePublicKeys>(provider, AdobePublicKeys.DefaultHost));
        services.TryAddSingleton(Codes);
        services.AddSingleton<ShopFetch>();
        services.AddSingleton<Me.MeTokens>();
    }

    /// <summary>The shop in which codes are made: Shopify's where both are connected.</summary>
    private static IShopCodes Codes(IServiceProvider provider)
    {
        var settings = provider.GetRequiredService<LoyaltySettings>();
        if (settings.Connector("shopify") is { Api: not null } shopify) return ActivatorUtilities.CreateInstance<ShopifyCodes>(provider, shopify);
        if (settings.Connector("woocommerce") is { Api: not null } woo) return ActivatorUtilities.CreateInstance<WooCodes>(provider, woo);
        return new NoShopCodes();
    }
}
