using System.Collections.Concurrent;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

namespace Loyalty.Cli.Tests.Faults;

/// <summary>
/// The program's store, watched from outside: for each signal how long it lay in a run's inbox, from the commit that applied its event to the
/// commit of the turn that took it; for each run how long until its first turn. A partition's commits go one after the other, so that they are
/// seen in their order.
/// </summary>
internal sealed class WatchedStore(IDocumentStore store, IClock clock, Action<RunDocument>? committed = null) : PassingStore(store)
{
    private const string Begun = "begun";
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Run, string Signal), Instant> _waiting = new();
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<SignalWait> _waits = new();

    /// <summary>Every wait that has ended.</summary>
    public IReadOnlyCollection<SignalWait> Waits => _waits;

    /// <summary>The longest of them.</summary>
    public SignalWait Longest => _waits.MaxBy(static wait => wait.For)!;

    /// <summary>Puts a watched store in the program's place.</summary>
    public static void Override(IServiceCollection services, Action<WatchedStore> made, Action<RunDocument>? committed = null)
    {
        var inner = (IDocumentStore)services.Last(static one => one.ServiceType == typeof(IDocumentStore) && one.ImplementationInstance is not null)
            .ImplementationInstance!;
        services.Replace(ServiceDescriptor.Singleton<IDocumentStore>(provider =>
        {
            var watched = new WatchedStore(inner, provider.GetRequiredService<IClock>(), committed);
            made(watched);
            return watched;
        }));
    }

    public override async ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
    {
        var gate = _gates.GetOrAdd(partition, static _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellation);
        try
        {
            var outcome = await Inner.CommitAsync(partition, writes, cancellation);
            if (outcome.IsCommitted)
            {
                foreach (var write in writes) Note(write);
            }

            return outcome;
        }
        finally
        {
            gate.Release();
        }
    }

    private void Note(DocumentWrite write)
    {
        var body = write switch
        {
            DocumentWrite.Create { Kind: Kinds.Run } create => create.Body,
            DocumentWrite.Replace { Kind: Kinds.Run } replace => replace.Body,
            DocumentWrite.Upsert { Kind: Kinds.Run } upsert => upsert.Body,
            _ => default,
        };
        if (body.IsEmpty) return;
        var document = LoyaltyJson.Read<RunDocument>(body.Span);
        var run = document.Run.RunId;
        var now = clock.GetCurrentInstant();
        if (_known.TryAdd(run, true)) _waiting[(run, Begun)] = now;
        if (document.Run.Position is not null || document.Run.IsFinished) Taken(run, Begun, now);
        foreach (var signal in document.Inbox) _waiting.TryAdd((run, signal.Key), now);
        foreach (var (waiting, _) in _waiting)
        {
            if (waiting.Run == run && waiting.Signal != Begun && !document.Inbox.Any(signal => signal.Key == waiting.Signal))
                Taken(run, waiting.Signal, now);
        }

        committed?.Invoke(document);
    }

    private void Taken(string run, string signal, Instant now)
    {
        if (_waiting.TryRemove((run, signal), out var since)) _waits.Enqueue(new SignalWait(run, signal, since, now - since));
    }
}

/// <summary>How long a run's signal lay untaken.</summary>
internal sealed record SignalWait(string Run, string Signal, Instant Since, Duration For);
