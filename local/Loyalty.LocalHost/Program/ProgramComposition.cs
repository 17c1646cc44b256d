using Azure.Messaging.ServiceBus;
using Loyalty.Delivery.Mail;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.Storage;
using Loyalty.Functions;
using Loyalty.Functions.Privacy;
using Loyalty.Functions.Settings;
using Loyalty.LocalHost.Hosting;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Documents;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.LocalHost.Program;

/// <summary>The program on one SQLite file: what the host hands to the composition that Azure uses too.</summary>
internal static class ProgramComposition
{
    public static void AddProgram(
        this IFunctionsWorkerApplicationBuilder worker,
        SqliteDatabase database,
        HostClock clock,
        IConfiguration configuration,
        bool flushesMail = true,
        Func<IMessageChannel, IMessageChannel>? decorate = null)
    {
        // Told first: what follows relies on settings that are well-formed.
        LocalSettings.Check(configuration);
        var store = SqliteDocumentStore.OpenAsync(database, clock).GetAwaiter().GetResult();
        IDocumentStore files = database.IsReadOnly ? new ReadingStore(store) : store;
        var ring = new KeyRing(files, MasterKeys.FromSettings(configuration, database.Path + ".key"), database.IsReadOnly);
        Check(ring);
        var used = new SealedDocumentStore(files, ring, retention: LoyaltySettings.Read(configuration).Retention, clock: clock);
        worker.Services.AddSingleton<IDocumentStore>(used);
        worker.Services.AddSingleton(store);
        worker.Services.AddSingleton<IStoreRemains>(new FileRemains(database));
        worker.Services.AddSingleton<IIntakeLog>(provider => provider.GetRequiredService<ServiceBusClient>() is not LocalServiceBusClient bus
            ? throw new InvalidOperationException("The queue on one machine is the host's own.")
            // Documents that lie elsewhere share no commit with the queue.
            : ReferenceEquals(provider.GetRequiredService<IDocumentStore>(), used)
                ? new OneFileIntakeLog(database, store, used, bus, clock)
                : new TwoStepIntakeLog(provider.GetRequiredService<IDocumentStore>(), provider.GetRequiredService<IEventQueue>()));
        if (configuration["Mail"] is null or "" || configuration["Mail"]!.StartsWith("outbox:", StringComparison.Ordinal))
        {
            var mail = configuration["Mail"] is { Length: > 0 } told ? told : "outbox:outbox";
            var outbox = Outbox(mail, flushesMail);
            worker.Services.AddSingleton<IMessageCopies>(outbox);
            worker.Services.AddSingleton(decorate?.Invoke(outbox) ?? outbox);
        }

        worker.AddLoyalty(configuration, (_, _) => used);
    }

    /// <summary>A file whose key is lost is told at once, not with the first person who is asked for.</summary>
    private static void Check(KeyRing ring)
    {
        try
        {
            ring.CheckAsync().GetAwaiter().GetResult();
        }
        catch (MasterKeyException failure)
        {
            throw new SettingsException([failure.Message]);
        }
    }

    private static OutboxChannel Outbox(string mail, bool flushesMail)
    {
        try
        {
            return new OutboxChannel(mail["outbox:".Length..], flushesMail);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SettingsException([$"Mail is '{mail}'; expected outbox:<folder> with a folder that can be made ({unusable.Message}), e.g. Mail=outbox:mails"]);
        }
    }
}
