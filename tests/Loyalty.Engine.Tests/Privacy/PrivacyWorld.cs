using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.Contact;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Privacy;

/// <summary>The engine on a sealed store that can be cut off, with the use cases of people's rights; another process beside it has the same store and keys of its own.</summary>
internal sealed class PrivacyWorld : IAsyncDisposable
{
    private readonly IDocumentStore _raw;

    private PrivacyWorld(EngineWorld world, FaultyStore faulty, IDocumentStore raw, SealedDocumentStore store, TestProvider mail)
    {
        (World, Faulty, _raw, Mail) = (world, faulty, raw, mail);
        Rights = new RightsDesk(world, store);
        world.AfterSweep = AdvanceAsync;
    }

    public EngineWorld World { get; }

    public FaultyStore Faulty { get; }

    public TestProvider Mail { get; }

    public RightsDesk Rights { get; }

    public Instant Now => World.Clock.Now;

    public static async Task<PrivacyWorld> StartAsync(Instant start, ProgramText program)
    {
        IDocumentStore raw = null!;
        FaultyStore faulty = null!;
        SealedDocumentStore store = null!;
        var mail = new TestProvider();
        var world = await EngineWorld.StartAsync(
            start,
            mail,
            inner =>
            {
                raw = inner;
                faulty = new FaultyStore(inner);
                return store = Sealed(faulty);
            },
            program,
            contact: static (used, clock, _) => new ContactServices(Suppressions: new SuppressionList(used, clock)));
        return new PrivacyWorld(world, faulty, raw, store, mail);
    }

    /// <summary>The rights' use cases of another process, which has read its own keys.</summary>
    public RightsDesk Beside() => new(World, Sealed(_raw));

    /// <summary>An event of the shop, now, and everything that follows from it.</summary>
    public async Task TellAsync(string id, string type, ImmutableArray<Identifier> by, EventData data)
    {
        await World.TellAsync(Event(id, type, by, data, Now));
        await World.SettleAsync();
    }

    /// <summary>The address of the person of this word.</summary>
    public static Identifier Email(string word) => Identifier.Email(word + "@example.com")!.Value;

    /// <summary>An event of the shop.</summary>
    public static CanonicalEvent Event(string id, string type, ImmutableArray<Identifier> by, EventData data, Instant at) => new()
    {
        Id = id,
        Source = "shopify:shop.example",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = by,
        Data = data,
    };

    /// <summary>Lets time pass.</summary>
    public Task PassAsync(Duration time) => World.PassAsync(time);

    /// <summary>The sweep works off erasures.</summary>
    private async Task AdvanceAsync()
    {
        foreach (var range in await World.Store.GetFeedRangesAsync())
        {
            foreach (var due in await World.Store.ScanDueAsync(range, Instant.FromUtc(9000, 1, 1, 0, 0), 1000))
            {
                if (due.Kind == Kinds.Erasure && due.WakeAt <= Now) await Rights.Erasures.AdvanceAsync(due.Partition[(due.Partition.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            }
        }
    }

    /// <summary>Every document that anybody with the program's keys can read, by partition and id, as text.</summary>
    public async Task<IReadOnlyList<(string Place, string Text)>> EverythingAsync()
    {
        var all = new List<(string, string)>();
        foreach (var range in await World.Store.GetFeedRangesAsync())
        {
            string? continuation = null;
            while (true)
            {
                var page = await World.Store.ReadChangesAsync(range, continuation, 500);
                all.AddRange(page.Items.Select(static one => ($"{one.Partition} {one.Id}", Encoding.UTF8.GetString(one.Body.Span))));
                if (!page.HasMore) break;
                continuation = page.Continuation;
            }
        }

        return all;
    }

    public ValueTask DisposeAsync() => World.DisposeAsync();

    private static SealedDocumentStore Sealed(IDocumentStore store) => new(store, new KeyRing(store, new OpenMasterKey()));

    /// <summary>Wraps nothing: who has the program's keys is not the question here.</summary>
    private sealed class OpenMasterKey : IMasterKey
    {
        public string Name => "open";

        public Task<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancellation = default) => Task.FromResult(new WrappedKey(Name, Convert.ToBase64String(key.Span)));

        public Task<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellation = default) => Task.FromResult(Convert.FromBase64String(wrapped.Bytes));
    }
}

/// <summary>What people may ask for, over one store.</summary>
internal sealed class RightsDesk
{
    public RightsDesk(EngineWorld world, SealedDocumentStore store)
    {
        var people = new PersonResolver(store, world.Clock);
        var intake = new IntakeService(store, new TwoStepIntakeLog(store, world), world.Clock);
        var list = new SuppressionList(store, world.Clock);
        Erasures = new EraseUseCase(store, store, new PersonTraces(people, intake, new KeptBodies(store, world.Clock), list, world.Programs), RunProtocolSettings.Default, world.Clock);
        Restrictions = new RestrictUseCase(store, world.Merger, world.Programs, world.Clock);
        Corrections = new RectifyUseCase(store, people, world.Apply, world.Clock);
        Exports = new PersonExport(store, people, intake, list, new AuditLog(store, world.Clock), world.Clock);
    }

    public EraseUseCase Erasures { get; }

    public RestrictUseCase Restrictions { get; }

    public RectifyUseCase Corrections { get; }

    public PersonExport Exports { get; }
}
