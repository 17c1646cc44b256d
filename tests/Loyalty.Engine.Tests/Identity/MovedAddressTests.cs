using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Customers;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.Charges;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Identity;

/// <summary>The shop changes an account's address, and somebody else opens an account under the old one: two people, in whatever order it is told.</summary>
public sealed class MovedAddressTests : IDisposable
{
    private const string Shop = "shopify:shop.example";

    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-moved-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Account_UnderAnAddressThatAnotherLeft_IsSomebodyElseInEveryOrder()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText());
        var orders = Permutations([.. Enumerable.Range(0, 5)]).ToList();
        for (var i = 0; i < orders.Count; i++) await InOrderAsync(world, $"p{i}", orders[i]);
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Account_UnderAnAddressThatAnotherLeft_IsSomebodyElseOnCosmosToo()
    {
        using var account = await GatewayAccount.OpenAsync(Path.Combine(_folder, "account.db"), static () => Start);
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText(), open: clock => Task.FromResult(DeployedStore.Of(account, clock)));
        var orders = Permutations([.. Enumerable.Range(0, 5)]).ToList();
        for (var i = 0; i < orders.Count; i += 11) await InOrderAsync(world, $"p{i}", orders[i]);
        await world.CheckBooksAsync();
    }

    /// <summary>An account that is known already, by an order without an address say, and is told with the address now.</summary>
    [Fact]
    public async Task KnownAccount_UnderAnAddressThatAnotherLeft_GetsIt()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText());
        var story = new Story("known");
        foreach (var e in new[] { story.Events[0], story.Events[2], story.Order("early", story.Second, null, 3), story.Events[3] }) await TellAsync(world, e);

        await AssertTwoAsync(world, story, 0, 1);
    }

    /// <summary>Both accounts have the address as far as anybody has told: a customer who was deleted in the shop and comes back is the same one here.</summary>
    [Fact]
    public async Task Account_UnderTheAddressThatAnotherHas_IsTheSamePerson()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText());
        var story = new Story("same");
        foreach (var e in new[] { story.Events[0], story.Events[3] }) await TellAsync(world, e);

        Assert.Equal(await OwnerAsync(world, story.First), await OwnerAsync(world, story.Second));
    }

    /// <summary>What else the event names leads to the same person and is theirs: it is about them.</summary>
    [Fact]
    public async Task Account_UnderALeftAddressAndAPresentNumber_IsTheSamePerson()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText());
        var story = new Story("number");
        const string Number = "+359888123456";
        foreach (var e in new[] { story.Events[0], story.Events[2] }) await TellAsync(world, WithPhone(e, Number));
        await TellAsync(world, WithPhone(story.Events[3], Number));

        Assert.Equal(await OwnerAsync(world, story.First), await OwnerAsync(world, story.Second));
        Assert.Empty((await RecordAsync(world, story.First)).Former ?? []);
    }

    [Fact]
    public async Task Account_UnderALeftNumber_IsSomebodyElse()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText());
        var story = new Story("phone");
        const string Number = "+359888123456";
        await TellAsync(world, WithPhone(story.Events[0], Number));
        await TellAsync(world, WithPhone(story.Events[2], "+359888654321"));
        var other = WithPhone(story.Events[3], Number);
        await TellAsync(world, other with { Identifiers = [story.Second, Identifier.Phone(Number)!.Value], Data = ((EventData.Person)other.Data) with { Email = null } });

        Assert.NotEqual(await OwnerAsync(world, story.First), await OwnerAsync(world, story.Second));
        Assert.Equal(await OwnerAsync(world, story.Second), await OwnerAsync(world, Identifier.Phone(Number)!.Value));
    }

    /// <summary>Cut at every call, before it and behind it, and told again: the address is the new account's, and the record says once until when it was theirs.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Account_ToldWhileTheStoreIsCutOffAnywhere_IsTheSameAfterwards(bool isAfter)
    {
        FaultyStore store = null!;
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText(), around: inner => store = new FaultyStore(inner));
        for (var calls = 0; ; calls++)
        {
            var story = new Story($"cut{calls}{isAfter}");
            foreach (var e in story.Events[..3]) await TellAsync(world, e);
            world.Clock.Now += Duration.FromMinutes(1);
            var told = story.Events[3] with { ReceivedAt = world.Clock.Now };
            store.CutAfter(calls, isAfter);
            var isDone = true;
            try
            {
                await world.Apply.ApplyAsync(told, mayStart: true);
            }
            catch (StoreUnavailableException)
            {
                isDone = false;
            }

            store.Mend();
            world.Clock.Now += Duration.FromMinutes(1);
            Assert.IsNotType<ApplyOutcome.Refused>(await world.Apply.ApplyAsync(told, mayStart: true));
            await AssertTwoAsync(world, story, 1, 0);
            var former = Assert.Single((await RecordAsync(world, story.First)).Former!.Value);
            Assert.True(former.Until < told.ReceivedAt && former.Until > told.ReceivedAt - Duration.FromMinutes(1), former.ToString());
            if (isDone) return;
            Assert.InRange(calls, 0, 60);
        }
    }

    /// <summary>Each event five times in all: of what was told before the change some came in late, and some again.</summary>
    private static async Task InOrderAsync(EngineWorld world, string word, ImmutableArray<int> order)
    {
        var story = new Story(word);
        foreach (var at in order) await TellAsync(world, story.Events[at]);
        foreach (var at in order) await TellAsync(world, story.Events[at]);

        // Whether it was ever told of both that they have the address: then they are one, and nothing tells them apart any more.
        var before = order[..order.IndexOf(2)];
        if (before.Any(static at => at < 2) && before.Any(static at => at > 2))
        {
            Assert.Equal(await OwnerAsync(world, story.First), await OwnerAsync(world, story.Second));
            Assert.Equal(2, (await RecordAsync(world, story.First)).Purchases.Count);
        }
        else
        {
            await AssertTwoAsync(world, story, 1, 1);
        }
    }

    private static async Task AssertTwoAsync(EngineWorld world, Story story, int firstOrders, int secondOrders)
    {
        var (first, second) = (await RecordAsync(world, story.First), await RecordAsync(world, story.Second));
        Assert.NotEqual(first.CustomerId, second.CustomerId);
        Assert.Equal((first.CustomerId, second.CustomerId), (await OwnerAsync(world, story.New), await OwnerAsync(world, story.Old)));
        Assert.Equal((firstOrders, secondOrders), (first.Purchases.Count, second.Purchases.Count));
        Assert.Equal((story.New.Value, story.Old.Value), ("email:" + await AddressAsync(world, first), "email:" + await AddressAsync(world, second)));
        Assert.DoesNotContain(story.Old.Value, first.Identifiers);
        Assert.DoesNotContain(story.New.Value, second.Identifiers);
    }

    private static async Task<string?> AddressAsync(EngineWorld world, CustomerState customer) =>
        (await world.Store.ReadAsync(Keys.CustomerPartition(customer.CustomerId), Keys.PersonId) is { } document ? Core.Serialization.LoyaltyJson.Read<PersonState>(document.Body.Span) : null)?.Email?.Value;

    private static async Task<string> OwnerAsync(EngineWorld world, Identifier name) => await world.Store.SurvivorAsync((await world.People.OwnerAsync(name))!);

    private static async Task<CustomerState> RecordAsync(EngineWorld world, Identifier name) => (await world.Store.FindCustomerAsync(await OwnerAsync(world, name)))!;

    private static async Task TellAsync(EngineWorld world, CanonicalEvent e)
    {
        world.Clock.Now += Duration.FromMinutes(1);
        world.ForgetMessageIds();
        await world.TellAsync(e with { ReceivedAt = world.Clock.Now });
    }

    private static CanonicalEvent WithPhone(CanonicalEvent e, string number) =>
        e with { Identifiers = e.Identifiers.Add(Identifier.Phone(number)!.Value), Data = ((EventData.Person)e.Data) with { Phone = number } };

    private static IEnumerable<ImmutableArray<int>> Permutations(ImmutableArray<int> items) => items.Length < 2
        ? [items]
        : items.SelectMany(first => Permutations(items.Remove(first)).Select(rest => rest.Insert(0, first)));

    /// <summary>What the shop tells, in the order in which it happened: sign-up, order, another address; then another account under the old one, and its order.</summary>
    private sealed class Story
    {
        private readonly string _word;

        public Story(string word)
        {
            _word = word;
            (First, Second) = (Identifier.External("shopify", "shop.example", word + "-1"), Identifier.External("shopify", "shop.example", word + "-2"));
            (Old, New) = (Identifier.Email($"{word}-old@example.com")!.Value, Identifier.Email($"{word}-new@example.com")!.Value);
            Events =
            [
                Told("signup-1", EventTypes.CustomerSignedUp, First, Old, 0),
                Order("1", First, Old, 1),
                Told("updated-1", EventTypes.CustomerUpdated, First, New, 2),
                Told("signup-2", EventTypes.CustomerSignedUp, Second, Old, 3),
                Order("2", Second, Old, 4),
            ];
        }

        public Identifier First { get; }
        public Identifier Second { get; }
        public Identifier Old { get; }
        public Identifier New { get; }
        public ImmutableArray<CanonicalEvent> Events { get; }

        public CanonicalEvent Order(string number, Identifier account, Identifier? email, int hour) => Event("order-" + number, EventTypes.OrderPaid, account, email, hour, new EventData.Order(new OrderSnapshot
        {
            OrderId = $"{Shop}:{_word}-{number}",
            Currency = "EUR",
            PlacedAt = At(hour),
            UpdatedAt = At(hour),
            Payment = PaymentStatus.Paid,
            PaidAt = At(hour),
            Lines = [new OrderLine { LineId = "1", Sku = "TEA", Quantity = 1, NetMinor = 1000 }],
        }));

        private CanonicalEvent Told(string id, string type, Identifier account, Identifier email, int hour) =>
            Event(id, type, account, email, hour, new EventData.Person { Email = email.Value["email:".Length..], UpdatedAt = At(hour) });

        private CanonicalEvent Event(string id, string type, Identifier account, Identifier? email, int hour, EventData data) => new()
        {
            Id = $"{_word}-{id}",
            Source = Shop,
            Type = type,
            Time = At(hour),
            ReceivedAt = At(hour),
            Identifiers = email is { } known ? [account, known] : [account],
            Data = data,
        };

        private static Instant At(int hour) => Start - Duration.FromHours(10 - hour);
    }
}
