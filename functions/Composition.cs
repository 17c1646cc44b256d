using System.Collections.Immutable;
using Azure.Communication.Email;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Loyalty.Core.Runs;
using Loyalty.Delivery.Acs;
using Loyalty.Delivery.Mail;
using Loyalty.Delivery.Templates;
using Loyalty.Delivery.Webhooks;
using Loyalty.Engine.Audiences;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Redemptions;
using Loyalty.Engine.Referrals;
using Loyalty.Engine.Runs;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Work;
using Loyalty.Functions.Access;
using Loyalty.Functions.Contact;
using Loyalty.Functions.Events;
using Loyalty.Functions.Http;
using Loyalty.Functions.Journeys;
using Loyalty.Functions.Operations;
using Loyalty.Functions.Privacy;
using Loyalty.Functions.Runs;
using Loyalty.Functions.Settings;
using Loyalty.Functions.Telemetry;
using Loyalty.Simulation;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.Functions;

/// <summary>Makes the program out of its parts: the same in Azure and on one machine; only store, clock and bus are handed in.</summary>
public static class Composition
{
    /// <summary>Adds everything. What the host has registered before (clock, Service Bus client, message channel) is kept.</summary>
    /// <param name="builder">The worker's builder.</param>
    /// <param name="configuration">Settings.</param>
    /// <param name="store">Makes the document store.</param>
    /// <exception cref="SettingsException">Settings are missing or malformed.</exception>
    /// <exception cref="ProgramException">The program's files have errors.</exception>
    public static void AddLoyalty(
        this IFunctionsWorkerApplicationBuilder builder,
        IConfiguration configuration,
        Func<IServiceProvider, IConfiguration, IDocumentStore> store)
    {
        var settings = LoyaltySettings.Read(configuration);
        var check = new TemplateCheck();
        // Compiling templates is most of a start's work; whoever only reads what is live sends none.
        var program = LoadProgram(settings.ProgramPath, IsReader(builder.Services) ? null : check);
        builder.UseMiddleware<CorrelationMiddleware>();
        builder.UseMiddleware<ProblemMiddleware>();
        builder.UseMiddleware<AccessMiddleware>();
        builder.UseMiddleware<AuditMiddleware>();
        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton<Callers>();
        services.AddSingleton<RateLimits>();
#pragma warning disable RS0030 // The one place where the real clock enters; the local host registers its own before.
        services.TryAddSingleton<IClock>(SystemClock.Instance);
#pragma warning restore RS0030
        services.AddPrivacy(settings, configuration, store);
        services.AddSingleton(RunProtocolSettings.Default with { ParkLongerThan = settings.ParkLongerThan });
        services.AddSingleton<IProgramCheck>(check);
        services.TryAddSingleton(new ProgramOpening(Publishes: true));
        services.AddSingleton(provider => OpenAsync(provider, settings, program).GetAwaiter().GetResult());
        services.AddSingleton<IProgramSource>(static provider =>
        {
            var programs = provider.GetRequiredService<PublishedPrograms>();
            // Under virtual time nothing may be due but an audience that nobody has armed yet.
            new AudienceSchedule(provider.GetRequiredService<IDocumentStore>(), programs, provider.GetRequiredService<IClock>()).ArmAsync().GetAwaiter().GetResult();
            return programs;
        });
        services.AddSingleton<IMessageRenderer, LiveRenderer>();
        services.TryAddSingleton(_ => Channel(settings));
        var secrets = Secrets(program, configuration);
        services.TryAddSingleton<IWebhookCaller>(_ => new HttpWebhookCaller(HttpWebhookCaller.MakeClient(), secrets));
        services.TryAddSingleton(_ => Bus(configuration));
        services.AddContact(settings, program, configuration);
        services.AddLoyaltyTelemetry(configuration);
        services.AddHostedService<ProgramWarmUp>();
        services.AddSingleton<IReadOnlyDictionary<string, Core.Contact.ProviderQuota>>(settings.Contact.Quotas);
        AddUseCases(services);
    }

    private static async Task<PublishedPrograms> OpenAsync(IServiceProvider provider, LoyaltySettings settings, LoyaltyProgram program)
    {
        var (store, publishes) = (provider.GetRequiredService<IDocumentStore>(), provider.GetRequiredService<ProgramOpening>().Publishes);
        await ContactComposition.CheckQuotasAsync(settings.Contact, program, store, publishes, provider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ContactComposition)));
        return await PublishedPrograms.OpenAsync(store, program, publishes, provider.GetRequiredService<IClock>().GetCurrentInstant());
    }

    private static void AddUseCases(IServiceCollection services)
    {
        services.AddSingleton<IEventQueue, ServiceBusEventQueue>();
        services.AddSingleton<IntakeCounters>();
        // One machine brings its own: store and queue are one file there.
        services.TryAddSingleton<IIntakeLog, TwoStepIntakeLog>();
        services.AddSingleton<IntakeService>();
        services.AddSingleton<KeptBodies>();
        services.AddSingleton<UnsetConnectors>();
        services.AddShops();
        services.AddSingleton<PersonResolver>();
        services.AddSingleton<CustomerQueries>();
        services.AddSingleton<PointsUseCase>();
        services.AddSingleton(new SeenCustomers());
        services.AddSingleton<AdjustPoints>();
        services.AddSingleton<ExplorePoints>();
        services.AddSingleton<Engine.Tiers.PreviewTiers>();
        services.AddSingleton<Engine.Tiers.BringStanding>();
        services.AddSingleton<ReportQueries>();
        services.AddSingleton<ExportQueries>();
        services.AddSingleton(static provider =>
        {
            // The source publishes what the files say, if nobody has yet: it is what a draft is compared with.
            provider.GetRequiredService<IProgramSource>();
            return ActivatorUtilities.CreateInstance<SimulationUseCase>(provider);
        });
        services.AddSingleton<AudienceEnrolment>();
        services.AddSingleton(static provider => new PublishForecast(
            provider.GetRequiredService<AudienceEnrolment>(),
            provider.GetService<IReadOnlyDictionary<string, Core.Contact.ProviderQuota>>() ?? ImmutableDictionary<string, Core.Contact.ProviderQuota>.Empty));
        services.AddSingleton<PublishUseCase>();
        services.AddSingleton<RunEditsUseCase>();
        services.AddSingleton<RunQueries>();
        services.AddSingleton<JourneyQueries>();
        services.AddSingleton<IArmTallies, ArmTallies>();
        services.AddSingleton<AudienceSchedule>();
        AddOffers(services);
        services.AddSingleton<DoctorQueries>();
        services.AddSingleton<DeadLetterBox>();
        services.AddSingleton<WebhookDoor>();
        // One of each per invocation: they tell the durable engine through the client of their invocation.
        services.AddScoped<DurableRunHands>();
        services.AddScoped<DraftDesk>();
        services.AddScoped<IRunHands>(static provider => provider.GetRequiredService<DurableRunHands>());
        services.AddScoped<Announcer>();
        services.AddScoped<PersonMerger>();
        services.AddScoped<ApplyEventUseCase>();
        services.AddScoped<EventConsumer>();
        services.AddScoped<TickCustomerUseCase>();
        services.AddScoped<AdvanceRunUseCase>();
        services.AddScoped<PerformEffectUseCase>();
        services.AddScoped<AudienceUseCase>();
        services.AddScoped<ITaskBoard, TaskBoard>();
        services.AddScoped<TaskDesk>();
        services.AddScoped<DeliverMessageUseCase>();
        services.AddScoped<DueUseCase>();
    }

    private static void AddOffers(IServiceCollection services)
    {
        services.TryAddSingleton<IChance, SystemChance>();
        services.AddSingleton<SharedLimits>();
        services.AddSingleton<PointsBudgets>();
        services.AddSingleton<CodePools>();
        services.AddSingleton<CodeIssuer>();
        services.AddSingleton(static provider => new StoreOfferSource(
            provider.GetRequiredService<IDocumentStore>(),
            provider.GetRequiredService<IProgramSource>(),
            provider.GetRequiredService<CodeIssuer>(),
            provider.GetRequiredService<IClock>()));
        services.AddSingleton<IOfferSource>(static provider => provider.GetRequiredService<StoreOfferSource>());
        services.AddSingleton<PrizeDraws>();
        services.AddSingleton<OfferGifts>();
        services.AddSingleton<OfferCodes>();
        services.AddSingleton<ClaimOffer>();
        services.AddSingleton<OfferQueries>();
        services.AddSingleton<RedeemPoints>();
        services.AddSingleton<ReferralEvents>();
        services.AddSingleton<ReferralLinks>();
        services.AddSingleton<ReferralProcess>();
        services.AddSingleton<JoinReferral>();
        services.AddSingleton<ReferralQueries>();
        services.AddSingleton<ReviewReferral>();
        services.AddSingleton<Me.MeOffers>();
        services.AddSingleton<CodeUse>();
        services.AddSingleton<OrderReactions>();
        services.AddSingleton<OwnDue>();
    }

    /// <summary>The bus of the deployed build; the local host brings its own.</summary>
    private static ServiceBusClient Bus(IConfiguration configuration)
    {
        const string Setting = "ServiceBus:fullyQualifiedNamespace";
        return configuration[Setting] is { Length: > 0 } name
            ? new ServiceBusClient(name, new DefaultAzureCredential())
            : throw new SettingsException(
                ["ServiceBus__fullyQualifiedNamespace is missing; expected a namespace, e.g. ServiceBus__fullyQualifiedNamespace=shop.servicebus.windows.net"]);
    }

    /// <summary>The secret of each endpoint that journeys call.</summary>
    /// <exception cref="SettingsException">One is missing or malformed.</exception>
    private static Dictionary<string, byte[]> Secrets(LoyaltyProgram program, IConfiguration configuration)
    {
        var secrets = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var findings = new List<string>();
        foreach (var endpoint in program.Endpoints.Keys)
        {
            var setting = $"Endpoints__{endpoint.Replace('-', '_')}__Secret";
            if (HttpWebhookCaller.Key(configuration[setting.Replace("__", ":", StringComparison.Ordinal)]) is { } key) secrets[endpoint] = key;
            else findings.Add($"{setting} is missing or no base64; expected what signs calls of the endpoint '{endpoint}', e.g. whsec_ and the output of: openssl rand -base64 24");
        }

        return findings.Count == 0 ? secrets : throw new SettingsException(findings);
    }

    private static IMessageChannel Channel(LoyaltySettings settings) => settings.Mail.Split(':', 2) switch
    {
        ["acs", var endpoint] => new AcsEmailChannel(new EmailClient(new Uri(endpoint), new DefaultAzureCredential())),
        ["smtp", var server] => ContactComposition.Smtp(server, settings.Contact),
        [_, var folder] => new OutboxChannel(folder),
        _ => throw new SettingsException([$"Mail is '{settings.Mail}'"]),
    };

    /// <summary>The program of a folder.</summary>
    /// <exception cref="SettingsException">There is no such folder.</exception>
    /// <exception cref="ProgramException">With every finding.</exception>
    public static LoyaltyProgram LoadProgram(string path, IProgramCheck? check = null)
    {
        if (!Directory.Exists(path))
        {
            throw new SettingsException([$"Program__Path is '{path}'; expected a folder with program.yaml, e.g. Program__Path=program"]);
        }

        var load = ProgramLoader.Load(path);
        var findings = check is null ? load.Findings : load.FindingsWith(check);
        if (load.Program is null || findings.Any(static one => one.Severity == FindingSeverity.Error)) throw new ProgramException(findings);
        return load.Program;
    }

    /// <summary>Whether what is live in the store counts and the folder is not published.</summary>
    private static bool IsReader(IServiceCollection services) =>
        services.Any(static one => one.ImplementationInstance is ProgramOpening { Publishes: false });
}
