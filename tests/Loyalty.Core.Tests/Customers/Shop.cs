using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

/// <summary>Words for tests: events of one customer of one shop, and a keeper of that customer's documents.</summary>
internal static class Shop
{
    public static readonly Instant Start = Instant.FromUtc(2026, 1, 10, 12, 0);

    public static ImmutableArray<Identifier> Bob { get; } = [Identifier.External("shopify", "s", "1"), Identifier.Email("bob@example.com")!.Value];

    public static EarningRule PerEuro { get; } = new() { Id = "per-euro", Formula = new EarningFormula.PerAmount(1m) };

    public static ProgramModel Program(params EarningRule[] rules) => new() { Earning = new EarningPlan { Rules = [.. rules] } };

    public static CanonicalEvent Event(string id, string type, Instant at, EventData data) => new()
    {
        Id = id,
        Source = "shopify:s",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = Bob,
        Data = data,
    };

    public static CanonicalEvent Told(OrderSnapshot order, string type = EventTypes.OrderUpdated) =>
        Event($"{type}-{order.OrderId}-{order.UpdatedAt}", type, order.UpdatedAt, new EventData.Order(order));

    public static CanonicalEvent Told(string orderId, OrderRefund refund) =>
        Event($"refund-{orderId}-{refund.RefundId}", EventTypes.OrderRefunded, refund.At, new EventData.Refund(orderId, refund));

    public static CanonicalEvent SignUp(Instant at) => Event("signup", EventTypes.CustomerSignedUp, at, new EventData.Person
    {
        Email = "bob@example.com",
        FirstName = "Bob",
        Locale = "en-GB",
        Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true),
    });

    public static CanonicalEvent Cart(string cartId, Instant at, params string[] skus) =>
        Event($"cart-{cartId}-{at}", EventTypes.CartUpdated, at, new EventData.Cart(cartId, false, "EUR", 1000 * skus.Length, [.. skus.Select(sku => new EventData.CartLine(sku, null, sku, 1, 1000))]));

    public static OrderSnapshot Paid(string id, Instant at, params long[] lines) => new()
    {
        OrderId = "shopify:s:" + id,
        Number = "#" + id,
        Currency = "EUR",
        PlacedAt = at,
        UpdatedAt = at,
        Payment = PaymentStatus.Paid,
        PaidAt = at,
        Lines = [.. lines.Select((net, i) => Line($"l{i}", net))],
    };

    public static OrderLine Line(string id, long net, string? sku = null) => new() { LineId = id, Sku = sku ?? "SKU-" + id, Quantity = 1, NetMinor = net };

    public static OrderRefund Refund(string id, Instant at, params (string Line, long Net)[] lines) =>
        new(id, at, [.. lines.Select(line => new RefundLine(line.Line, 0, line.Net))]);

    public static string Json<T>(T value) => System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(value));
}

/// <summary>Keeps one customer's documents as a store would: every document passes through JSON.</summary>
internal sealed class Keeper(ProgramModel program)
{
    private readonly Dictionary<string, OrderState> _orders = [];
    private readonly Dictionary<string, WalletState> _wallets = [];

    public CustomerState? Customer { get; private set; }
    public PersonState? Person { get; private set; }
    public List<LedgerEntry> Entries { get; } = [];
    public List<Occurrence> Occurrences { get; } = [];
    public List<string> Notes { get; } = [];
    public IReadOnlyDictionary<string, OrderState> Orders => _orders;
    public ProgramModel Program { get; set; } = program;

    public WalletState Wallet(string name = "spendable") =>
        _wallets.GetValueOrDefault(name) ?? new WalletState { CustomerId = "c1", Name = name };

    public CustomerSnapshot Snapshot(string? orderId = null) => new()
    {
        CustomerId = "c1",
        Customer = Customer,
        Person = Person,
        Order = orderId is null ? null : _orders.GetValueOrDefault(orderId),
        Wallets = [.. _wallets.Values],
    };

    public CustomerDecision Apply(CanonicalEvent e, Instant? now = null) =>
        Keep(CustomerDecider.Decide(Snapshot(OrderMerge.OrderIdOf(e)), Copy(e), Program, now ?? e.Time));

    public CustomerDecision Post(LedgerCommand command, Instant now)
    {
        var entryId = LedgerDecider.EntryIdOf("c1", "spendable", command.Key);
        return Keep(CustomerDecider.Post(Snapshot(), "spendable", command, Program, now, Entries.Find(entry => entry.EntryId == entryId)));
    }

    public CustomerDecision Tick(Instant now) => Keep(CustomerDecider.Tick(Snapshot(), Program, now));

    public AttributeValue Attribute(string path) => CustomerAttributes.Lookup(Snapshot(), Program)(path);

    /// <summary>Granted less reversed (claims included), by order and rule.</summary>
    public SortedDictionary<string, long> PointsByRule()
    {
        var sums = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in Entries.Where(static entry => entry.Cause.Revision is not null))
        {
            var key = $"{entry.Cause.OrderId}|{entry.Cause.RuleId}";
            var sign = entry.Type == EntryType.Grant ? 1 : -1;
            sums[key] = sums.GetValueOrDefault(key) + sign * (entry.Points + entry.Claimed);
        }

        return sums;
    }

    private CustomerDecision Keep(CustomerDecision decision)
    {
        if (decision is not CustomerDecision.Applied applied) return decision;
        Customer = Copy(applied.Customer);
        if (applied.Person is { } person) Person = Copy(person);
        if (applied.Order is { } order) _orders[order.OrderId] = Copy(order);
        foreach (var wallet in applied.Wallets) _wallets[wallet.Name] = Copy(wallet);
        Entries.AddRange(applied.Entries.Select(Copy));
        Occurrences.AddRange(applied.Occurrences.Select(Copy));
        Notes.AddRange(applied.Notes);
        return decision;
    }

    private static T Copy<T>(T value) => LoyaltyJson.Read<T>(LoyaltyJson.Write(value));
}
