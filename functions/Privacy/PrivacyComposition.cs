using Loyalty.Engine.Privacy;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

namespace Loyalty.Functions.Privacy;

/// <summary>The sealed store and what works on people's data.</summary>
internal static class PrivacyComposition
{
    /// <param name="services">The services.</param>
    /// <param name="settings">As they were read.</param>
    /// <param name="configuration">Settings.</param>
    /// <param name="store">Makes the store where the host has brought none: the deployed build's, which is sealed under <c>Privacy__MasterKey</c>.</param>
    public static void AddPrivacy(this IServiceCollection services, LoyaltySettings settings, IConfiguration configuration, Func<IServiceProvider, IConfiguration, IDocumentStore> store)
    {
        services.TryAddSingleton(provider =>
        {
            var opened = store(provider, configuration);
            return opened is IPersonalVault ? opened : new SealedDocumentStore(
                opened, new KeyRing(opened, MasterKeys.FromSettings(configuration, fallback: null)), retention: settings.Retention, clock: provider.GetRequiredService<IClock>(), packFrom: SealedDocumentStore.PackFromInCosmos);
        });
        services.AddSingleton(static provider => provider.GetRequiredService<IDocumentStore>() is var used && used is IPersonalVault vault ? vault : new OpenVault(used));
        services.TryAddSingleton<IMessageCopies, NoRemains>();
        services.TryAddSingleton<IStoreRemains, NoRemains>();
        services.AddSingleton<PersonTraces>();
        services.AddSingleton<EraseUseCase>();
        services.AddSingleton<PrivacyRequests>();
        services.AddSingleton<RetentionPass>();
        services.AddSingleton<RetentionPreview>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AuditNotes>();
        services.AddSingleton(settings.Retention);
        services.AddSingleton<PersonExport>();
        services.AddScoped<RestrictUseCase>();
        services.AddScoped<RectifyUseCase>();
    }
}
