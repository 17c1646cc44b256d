using System.Net.Http.Headers;
using System.Text;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.Queries;
using Loyalty.Engine.State;
using Loyalty.Functions.Tests.Webhooks;
using Loyalty.LocalHost.Program;
using Loyalty.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>The whole program on one file, with everything it writes down in one folder: file, log of the file, mails, key, log lines.</summary>
public sealed class PrivacyFixture : ProgramFixture
{
    internal GatedChannel Mail { get; private set; } = null!;

    internal FailingStore Store { get; private set; } = null!;

    public string Folder => Path.GetDirectoryName(Outbox)!;

    protected override ProgramHostOptions Adjust(ProgramHostOptions options)
    {
        var path = Path.Combine(Folder, "host.log");
        return options with
        {
            DecorateChannel = inner => Mail = new GatedChannel(inner),
            Logging = logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new FileLog(path)).AddFilter("Microsoft.AspNetCore", LogLevel.Warning),
            Override = services =>
            {
                var inner = (SealedDocumentStore)services.Last(static one => one.ServiceType == typeof(Engine.Storage.IDocumentStore) && one.ImplementationInstance is not null)
                    .ImplementationInstance!;
                Store = new FailingStore(inner);
                services.Replace(ServiceDescriptor.Singleton<Engine.Storage.IDocumentStore>(Store));
            },
        };
    }

    /// <summary>A person whose every name has the word in it, with an order, points and a letter; everything has settled.</summary>
    internal async Task<string> PersonAsync(long id, string word)
    {
        await MorningAsync();
        var at = NodaTime.Text.InstantPattern.General.Format(Host.Clock.Now);
        var email = $"{word}@example.com";
        await AcceptAsync("customers/create", ShopPayloads.Customer(id, email, at).Replace("Mira", word, StringComparison.Ordinal).Replace("Petrova", word, StringComparison.Ordinal));
        await AcceptAsync("orders/paid", ShopPayloads.Order(id, email, "paid", at).Replace("\"Cup\"", $"\"Cup for {word}\"", StringComparison.Ordinal));
        return await IdOfAsync(email);
    }

    /// <summary>Goes on to the next morning in New York: letters go out then.</summary>
    internal async Task MorningAsync()
    {
        var now = Host.Clock.Now;
        var today = now.InUtc().Date.At(new LocalTime(15, 0)).InUtc().ToInstant();
        if (now < today || now > today + Duration.FromHours(3)) await Host.Clock.RunUntilAsync(now < today ? today : today + Duration.FromDays(1));
        await SettleAsync();
    }

    internal async Task AcceptAsync(string topic, string body)
    {
        Assert.Equal("202", (await ShopifyAsync(topic, body)).Summary);
        await SettleAsync();
    }

    internal Task<Answer> SendAsync(HttpMethod method, string path, string? json = null, string role = "support")
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", KeyOf(role));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return SendAsync(request);
    }

    internal Task<Answer> EraseAsync(string customerId) => SendAsync(HttpMethod.Delete, $"api/customers/{customerId}");

    internal async Task PassAsync(Duration time)
    {
        await Host.Clock.RunUntilAsync(Host.Clock.Now + time);
        await SettleAsync();
    }

    /// <summary>How often a word stands in what the program has written down, wherever that is.</summary>
    internal Dictionary<string, int> Find(string word)
    {
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(static path => !path.EndsWith(".owner", StringComparison.Ordinal)))
        {
            // The lock file is empty, and locked.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            foreach (var needle in new[] { Encoding.UTF8.GetBytes(word), Encoding.Unicode.GetBytes(word) })
            {
                for (var at = bytes.AsSpan().IndexOf(needle); at >= 0;)
                {
                    var name = Path.GetRelativePath(Folder, path);
                    found[name] = found.GetValueOrDefault(name) + 1;
                    var next = bytes.AsSpan(at + 1).IndexOf(needle);
                    at = next < 0 ? -1 : at + 1 + next;
                }
            }
        }

        return found;
    }

    /// <summary>The wrapped key of a person as it lies in the file.</summary>
    internal async Task<string> WrappedKeyAsync(string customerId)
    {
        var raw = Host.Services.GetRequiredService<Storage.Sqlite.Documents.SqliteDocumentStore>();
        var document = await raw.ReadAsync(Keys.CustomerPartition(customerId), "~key");
        return (string)System.Text.Json.Nodes.JsonNode.Parse(document!.Body.Span)!["key"]!;
    }

    /// <summary>Bodies that could not be mapped.</summary>
    internal async Task<IReadOnlyList<string>> KeptAsync()
    {
        var store = Host.Services.GetRequiredService<Engine.Storage.IDocumentStore>();
        var page = await store.QueryAsync(new Engine.Storage.DocumentQuery("kept:shopify", Limit: 1000));
        return [.. page.Items.Select(static one => Encoding.UTF8.GetString(Convert.FromBase64String(LoyaltyJson.Read<Engine.Intake.KeptBody>(one.Body.Span).Body)))];
    }

    internal Task<ProgramReport> BooksAsync() => Host.Services.GetRequiredService<ReportQueries>().ReadAsync();

    /// <summary>Every pair of wallet and sum, and whether they agree.</summary>
    internal async Task<string> BalancesAsync() => Encoding.UTF8.GetString(LoyaltyJson.Write((await BooksAsync()).Points));

    private sealed class FileLog(string path) : ILoggerProvider, ILogger
    {
        private readonly Lock _gate = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate)
            {
                if (Directory.Exists(Path.GetDirectoryName(path))) File.AppendAllText(path, $"{logLevel} {formatter(state, exception)} {exception}\n");
            }
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>The outbox behind a gate: a hand-over can be stopped in the middle, or refused for a while.</summary>
internal sealed class GatedChannel(IMessageChannel inner) : IMessageChannel
{
    private TaskCompletionSource? _gate;
    private TaskCompletionSource _entered = new();

    public bool IsBusy { get; set; }

    /// <summary>Completes when somebody stands at the gate.</summary>
    public Task Entered => _entered.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Close()
    {
        _entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Open()
    {
        var gate = _gate;
        _gate = null;
        gate?.SetResult();
    }

    public async Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default)
    {
        if (IsBusy) throw new ChannelUnavailableException("busy", TimeSpan.FromMinutes(7));
        if (_gate is { } gate)
        {
            _entered.TrySetResult();
            await gate.Task;
        }

        return await inner.SendAsync(message, operationId, cancellation);
    }

    public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => inner.LookUpAsync(operationId, cancellation);
}
