using Loyalty.Delivery.Mail;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Contact.Previews;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Settings;
using Loyalty.Functions.Templates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.Functions.Contact;

/// <summary>Quota, links, suppression list, channels and answers.</summary>
internal static partial class ContactComposition
{
    /// <exception cref="SettingsException">A channel has no secret.</exception>
    public static void AddContact(this IServiceCollection services, LoyaltySettings settings, LoyaltyProgram program, IConfiguration configuration)
    {
        var contact = settings.Contact;
        CheckSecrets(program, configuration);
        services.AddSingleton(contact.LinksUrl is { } url ? new ContactLinksOption(new ContactLinks(url, contact.LinkKeys)) : new ContactLinksOption(null));
        services.AddSingleton<SuppressionList>();
        services.AddSingleton<LiftSuppression>();
        services.AddSingleton<ISendPacing>(provider => new StorePacing(
            provider.GetRequiredService<IDocumentStore>(), provider.GetRequiredService<IProgramSource>(), contact.Quotas, provider.GetRequiredService<IClock>()));
        services.AddSingleton<IMessageChannels>(provider =>
            new LiveChannels(provider.GetRequiredService<IProgramSource>(), configuration, provider.GetRequiredService<IClock>()));
        services.AddSingleton(static provider => new ContactServices(
            provider.GetRequiredService<IMessageChannels>(),
            provider.GetRequiredService<ISendPacing>(),
            provider.GetRequiredService<ContactLinksOption>().Links,
            provider.GetRequiredService<SuppressionList>()));
        services.AddSingleton<LinkGuard>();
        services.AddScoped<AnswersUseCase>();
        services.AddScoped<AsideMails>();
        services.AddSingleton<ITemplateRenderers, TemplateRenderers>();
        services.AddSingleton<TemplatePreviews>();
        services.AddSingleton<TestSends>();
    }

    /// <summary>The channel <c>smtp:&lt;host:port&gt;</c>.</summary>
    public static SmtpChannel Smtp(string server, ContactSettings settings)
    {
        var colon = server.LastIndexOf(':');
        return new SmtpChannel(server[..colon], int.Parse(server[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture))
        {
            User = settings.SmtpUser,
            Password = settings.SmtpPassword,
            UsesTls = settings.SmtpTls,
        };
    }

    /// <summary>
    /// A quota of no channel is a slip of the pen, and stops the start before anything is published. What was published since the folder was is not the operator's: a channel that only
    /// it has is known, and one that it has taken away keeps nobody from starting.
    /// </summary>
    /// <exception cref="SettingsException">There is no such channel.</exception>
    public static async Task CheckQuotasAsync(ContactSettings contact, LoyaltyProgram folder, IDocumentStore store, bool publishes, ILogger logger)
    {
        var unknown = contact.Quotas.Keys.Where(name => name != "email" && !folder.Channels.ContainsKey(name)).ToList();
        if (unknown.Count == 0) return;
        if (await PublishedPrograms.StandingAsync(store, folder, publishes) is { } standing)
        {
            foreach (var name in unknown.Where(name => !standing.Channels.ContainsKey(name))) NoChannel(logger, name);
            return;
        }

        throw new SettingsException([.. unknown.Select(static name => $"Quota__{name} is the quota of no channel; expected Quota__Email or a channel of program.yaml, e.g. Quota__Email__PerMinute=30")]);
    }

    [LoggerMessage(4103, LogLevel.Warning, "Quota__{Channel} is the quota of no channel of what is published, and changes nothing")]
    private static partial void NoChannel(ILogger logger, string channel);

    private static void CheckSecrets(LoyaltyProgram program, IConfiguration configuration)
    {
        var missing = program.Channels.Keys.Where(channel => LiveChannels.SecretOf(configuration, channel) is null)
            .Select(static channel => $"{LiveChannels.SettingOf(channel)} is missing or no base64; expected what signs messages of the channel '{channel}', e.g. whsec_ and the output of: openssl rand -base64 24").ToList();
        if (missing.Count > 0) throw new SettingsException(missing);
    }
}

/// <summary>Signed links, where the settings have them.</summary>
public sealed record ContactLinksOption(ContactLinks? Links);
