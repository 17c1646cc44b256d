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
        services.TryAddSingleton<IShopCodes>(static provider => provider.GetRequiredService<LoyaltySettings>().Connector("shopify") is { Api: not null } shopify
            ? ActivatorUtilities.CreateInstance<ShopifyCodes>(provider, shopify)
            : new NoShopCodes());
        services.AddSingleton<ShopFetch>();
        services.AddSingleton<Me.MeTokens>();
    }
}
