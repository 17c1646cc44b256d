using System.Globalization;
using System.Net;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Events;
using Loyalty.Functions.Operations;
using Loyalty.Functions.Settings;
using Loyalty.LocalHost.Program;
using Loyalty.LocalHost.Queue;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Cli.Operations;

/// <summary>What operators ask, of a file or of an app that runs somewhere.</summary>
internal abstract class OperationsApi : IAsyncDisposable
{
    private const int KeyLength = 32;

    /// <summary>Checks everything.</summary>
    public abstract Task<DoctorReport> DoctorAsync(int? overdueMinutes, CancellationToken cancellation);

    /// <summary>Dead letters, the oldest first.</summary>
    public abstract Task<IReadOnlyList<DeadEvent>> DeadLettersAsync(long after, CancellationToken cancellation);

    /// <summary>One of them, or null.</summary>
    public abstract Task<DeadEvent?> DeadLetterAsync(long number, CancellationToken cancellation);

    /// <summary>Sends it again; null: there is none.</summary>
    public abstract Task<DeadEvent?> ReplayAsync(long number, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>An app.</summary>
    public static OperationsApi At(Uri url, string key) => new Remote(ProgramApi.At(url, key));

    /// <summary>A file, read as it lies there.</summary>
    public static OperationsApi OfFile(string file) => new Local(file);

    /// <summary>A file, by the host that owns it; where none runs, by a host of its own for as long as this lasts: it writes as its owner, its time stands.</summary>
    public static async Task<OperationsApi> HostAsync(string file, CancellationToken cancellation)
    {
        var running = await ProgramApi.OpenFileAsync(file, readOnly: true, cancellation);
        if (!running.IsFile) return new Remote(running);
        await running.DisposeAsync();
        Instant? moment;
        await using (var reader = ProgramReader.Open(file)) moment = reader.VirtualNow;
        var key = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(KeyLength));
        var host = await ProgramHost.StartAsync(
            new ProgramHostOptions
            {
                DataFile = file,
                VirtualStart = moment,
                Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Keys:Admin"] = key },
            },
            cancellation);
        if (host.IsOwner) return new Remote(ProgramApi.At(host.BaseAddress, key), host);
        await host.DisposeAsync();
        throw new UsageException($"A host runs on {file}: ask it with --url and --key, e.g. --url http://localhost:7071");
    }

    private sealed class Local(string file) : OperationsApi
    {
        private readonly ProgramReader _reader = ProgramReader.Open(file);

        public override async Task<DoctorReport> DoctorAsync(int? overdueMinutes, CancellationToken cancellation)
        {
            Duration? overdue = overdueMinutes is { } minutes ? Duration.FromMinutes(minutes) : null;
            var report = await _reader.Services.GetRequiredService<DoctorQueries>().CheckAsync(overdue, cancellation);
            return report
                .With(DeadLettersCheck.Of(await DeadLettersAsync(0, cancellation)))
                .With(SecretsCheck.Of(await _reader.Services.GetRequiredService<UnsetConnectors>().ListAsync(cancellation), _reader.Services.GetRequiredService<LoyaltySettings>()));
        }

        public override Task<IReadOnlyList<DeadEvent>> DeadLettersAsync(long after, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<DeadEvent>>([.. _reader.DeadLetters(ApplyCustomerEvent.Queue, after: after).Select(Of)]);

        public override async Task<DeadEvent?> DeadLetterAsync(long number, CancellationToken cancellation) =>
            (await DeadLettersAsync(number - 1, cancellation)).FirstOrDefault(letter => letter.SequenceNumber == number);

        public override Task<DeadEvent?> ReplayAsync(long number, CancellationToken cancellation) =>
            throw new InvalidOperationException("Only the file's owner sends.");

        public override ValueTask DisposeAsync() => _reader.DisposeAsync();

        private static DeadEvent Of(DeadLetter letter) => new(
            letter.SequenceNumber, letter.MessageId, letter.SessionId, letter.EnqueuedTime, letter.DeliveryCount, letter.Reason, letter.Description);
    }

    private sealed class Remote(ProgramApi api, ProgramHost? host = null) : OperationsApi
    {
        private const string Root = "operations/";

        public override Task<DoctorReport> DoctorAsync(int? overdueMinutes, CancellationToken cancellation) =>
            api.GetAsync<DoctorReport>(Root + "doctor" + (overdueMinutes is { } minutes ? $"?overdueMinutes={Text(minutes)}" : ""), cancellation);

        public override async Task<IReadOnlyList<DeadEvent>> DeadLettersAsync(long after, CancellationToken cancellation) =>
            await api.GetAsync<DeadEvent[]>($"{Root}dead-letters?after={Text(after)}", cancellation);

        public override Task<DeadEvent?> DeadLetterAsync(long number, CancellationToken cancellation) =>
            api.FindAsync<DeadEvent>($"{Root}dead-letters/{Text(number)}", cancellation);

        public override async Task<DeadEvent?> ReplayAsync(long number, CancellationToken cancellation)
        {
            try
            {
                return await api.PostAsync<DeadEvent>($"{Root}dead-letters/{Text(number)}/replay", body: null, cancellation);
            }
            catch (ApiRefusedException refused) when (refused.Problem.Status == (int)HttpStatusCode.NotFound)
            {
                return null;
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await api.DisposeAsync();
            if (host is not null) await host.DisposeAsync();
        }

        private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
