using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>What an event, a moment or a posting means for a customer. Pure: (documents, input, now) → documents, entries, occurrences.</summary>
public static partial class CustomerDecider
{
    /// <summary>Applies an event.</summary>
    /// <param name="snapshot">The documents of the person that the event's identifiers resolved to.</param>
    /// <param name="e">The event.</param>
    /// <param name="program">The program that counts.</param>
    /// <param name="now">The present.</param>
    public static CustomerDecision Decide(CustomerSnapshot snapshot, CanonicalEvent e, ProgramModel program, Instant now)
    {
        if (e.Identifiers.IsDefault) e = e with { Identifiers = [] };
        if (Refusal(e, snapshot) is { } code) return new CustomerDecision.Refused(code);
        var draft = new CustomerDraft(snapshot, program, now, e.Time);
        Introduce(draft, e);
        switch (e.Data)
        {
            case EventData.Order or EventData.Refund: ApplyOrder(draft, e, snapshot.Order); break;
            case EventData.Person person: ApplyPerson(draft, e, person); break;
            case EventData.Cart cart: ApplyCart(draft, e, cart); break;
            case EventData.Facts facts: ApplyFacts(draft, e, facts); break;
            default: throw new ArgumentOutOfRangeException(nameof(e), e.Data.GetType().Name, null);
        }

        AskAgain(draft, e, snapshot.Person);
        draft.SettleStage(e.Time, e.Hops);
        return draft.Close();
    }

    /// <summary>Works off the customer's own moments that are due: lots, warnings, carts, birthday, reorder, inactivity.</summary>
    /// <exception cref="ArgumentException">The customer does not exist.</exception>
    public static CustomerDecision.Applied Tick(CustomerSnapshot snapshot, ProgramModel program, Instant now)
    {
        if (snapshot.Customer is null) throw new ArgumentException("There is no customer to tick.", nameof(snapshot));
        var draft = new CustomerDraft(snapshot, program, now, now);
        draft.WarnOfExpiry();
        if (CustomerMoments.Due(draft.Customer, program, now) is not { } due) return draft.Close();
        foreach (var moment in due.Count == 1 ? due : [.. due.OrderBy(static moment => moment.At).ThenBy(static moment => moment.Kind)]) Fire(draft, moment);
        return draft.Close();
    }

    /// <summary>Posts to one wallet on behalf of a journey, an operator or a checkout.</summary>
    /// <param name="snapshot">Customer and wallets.</param>
    /// <param name="wallet">Must be one of the program's.</param>
    /// <param name="command">What to post.</param>
    /// <param name="program">The program.</param>
    /// <param name="now">The present.</param>
    /// <param name="existing">The entry stored under the command's key, or null.</param>
    public static CustomerDecision Post(
        CustomerSnapshot snapshot,
        string wallet,
        LedgerCommand command,
        ProgramModel program,
        Instant now,
        LedgerEntry? existing = null)
    {
        if (program.Wallet(wallet) is null) return new CustomerDecision.Refused(RefusalCode.UnknownWallet);
        var draft = new CustomerDraft(snapshot, program, now, now);
        return draft.Post(wallet, command, existing) switch
        {
            LedgerDecision.Refused refused => new CustomerDecision.Refused(refused.Code),
            LedgerDecision.Repeated repeated => new CustomerDecision.Repeated(repeated.Entry),
            _ => draft.Close(),
        };
    }

    private static RefusalCode? Refusal(CanonicalEvent e, CustomerSnapshot snapshot)
    {
        if (e.Hops > CustomerLimits.Hops) return RefusalCode.CausalLoop;
        // A refund names its order only, an open its message only, and these led to this customer.
        var isFoundByObject = snapshot.Customer is not null && (OrderMerge.OrderIdOf(e) is not null || e.Type is EventTypes.MessageOpened or EventTypes.MessageClicked);
        if (e.Identifiers.IsEmpty && !isFoundByObject) return RefusalCode.NoIdentifier;
        return e.Data switch
        {
            EventData.Order { Snapshot.IsTest: true } => RefusalCode.TestOrder,
            EventData.Order order when !IsInRange(order.Snapshot) => RefusalCode.AmountOutOfRange,
            EventData.Cart cart when !IsInRange(cart) => RefusalCode.AmountOutOfRange,
            EventData.Refund refund when !IsInRange(refund.Details) => RefusalCode.AmountOutOfRange,
            _ => null,
        };
    }

    private static bool IsInRange(OrderSnapshot order)
    {
        if (order.Lines.Length > CustomerLimits.OrderLines || order.Refunds.Length > CustomerLimits.OrderLines) return false;
        if (!order.Refunds.All(IsInRange)) return false;
        var sum = 0L;
        foreach (var line in order.Lines)
        {
            // A line below 0 is a discount on the others, and its tax is one on theirs.
            var isDiscount = line.NetMinor is < 0 and >= -CustomerLimits.OrderMinor && line.TaxMinor is <= 0 and >= -CustomerLimits.OrderMinor;
            var isGoods = IsInRange(line.NetMinor) && IsInRange(line.TaxMinor);
            if (!(isGoods || isDiscount) || !IsInRange(line.Quantity)) return false;
            sum += Math.Max(0, line.NetMinor) + Math.Max(0, line.TaxMinor);
        }

        return sum <= CustomerLimits.OrderMinor;
    }

    private static bool IsInRange(OrderRefund refund) =>
        IsInRange(refund.AmountMinor ?? 0) && (refund.Lines.IsDefault
        || (refund.Lines.Length <= CustomerLimits.OrderLines
            && refund.Lines.All(static line => line.NetMinor >= -CustomerLimits.OrderMinor && line.NetMinor <= CustomerLimits.OrderMinor && IsInRange(line.Quantity))));

    private static bool IsInRange(EventData.Cart cart) => IsInRange(cart.TotalMinor)
        && (cart.Lines.IsDefault
            || (cart.Lines.Length <= CustomerLimits.OrderLines
                && cart.Lines.All(static line => IsInRange(line.Quantity) && IsInRange(line.UnitPriceMinor))));

    private static bool IsInRange(long amount) => amount is >= 0 and <= CustomerLimits.OrderMinor;

    private static void Introduce(CustomerDraft draft, CanonicalEvent e)
    {
        if (IsActivity(e))
        {
            var at = e.Data is EventData.Order order ? order.Snapshot.PlacedAt : e.Time;
            if (draft.LastActivityAt is not { } latest || at > latest) draft.LastActivityAt = at;
        }

        // Whom a report of a message names is whoever had the address then: it makes nobody known by it.
        var names = draft.IsReport ? [] : e.Identifiers;
        var identifiers = Joined(draft.Identifiers, names);
        if (identifiers != draft.Identifiers) draft.Identifiers = identifiers;
        if (e.Time < draft.CreatedAt) draft.CreatedAt = e.Time;

        // What is told of a message changes no address, either: the message may have gone to one that was corrected since.
        if (e.Data is not EventData.Person) draft.Person = ProfileMerge.Fold(draft.Person, names, e.Time, onlyMissing: e.Type.StartsWith("message.", StringComparison.Ordinal));
    }

    /// <summary>Sorted, each once; of very many the first.</summary>
    private static ImmutableArray<string> Joined(ImmutableArray<string> known, ImmutableArray<Identifier> told)
    {
        foreach (var identifier in told)
        {
            var at = SortedNames.Find(known, identifier.Value);
            if (at < 0) known = known.Insert(~at, identifier.Value);
        }

        return known.Length <= CustomerLimits.Identifiers ? known : known[..CustomerLimits.Identifiers];
    }

    /// <summary>What the customer did; what was done to the customer (mail, returns, edits by the shop) is no activity.</summary>
    private static bool IsActivity(CanonicalEvent e) => e.Hops == 0 && !IsMachine(e) && e.Data switch
    {
        EventData.Order or EventData.Cart => true,
        EventData.Person => e.Type == EventTypes.CustomerSignedUp,
        EventData.Facts => e.Type is EventTypes.MessageClicked or EventTypes.MessageReplied
            || !(e.Type.StartsWith("message.", StringComparison.Ordinal) || e.Type.StartsWith("customer.", StringComparison.Ordinal)
                || e.Type.StartsWith("order.", StringComparison.Ordinal) || e.Type.StartsWith("points.", StringComparison.Ordinal)
                || e.Type.StartsWith("shop.", StringComparison.Ordinal)),
        _ => false,
    };

    private static void ApplyOrder(CustomerDraft draft, CanonicalEvent e, OrderState? known)
    {
        var orderId = OrderMerge.OrderIdOf(e)!;
        var before = known ?? new OrderState { OrderId = orderId, CustomerId = draft.CustomerId };
        var order = Count(draft, before, OrderMerge.Fold(before.Facts, e), (e.Data as EventData.Order)?.Snapshot);
        Qualify(draft, before.Counted, order.Counted);
        order = Play(draft, order, before);
        order = Earn(draft, order, before);
        var isChanged = !ReferenceEquals(before.Facts.Latest, order.Facts.Latest);
        var (told, occurrences) = OrderOccurrences.Tell(order, before.Facts.Latest is not null, isChanged, e.Hops);
        foreach (var occurrence in occurrences) draft.Tell(occurrence);
        draft.Order = told;
    }

    /// <summary>That an order earned nothing, and why, stays readable with the customer, as the order is told last: no entry of the ledger tells it.</summary>
    private static void Explain(CustomerDraft draft, OrderState order, string reason)
    {
        var latest = order.Facts.Latest!;
        var unearned = new UnearnedOrder(order.OrderId, latest.Number, order.Facts.PaidAt!.Value, reason, latest.Currency, draft.Program.Currency);
        draft.Customer = draft.Customer with { Unearned = UnearnedOrder.Join([unearned], draft.Customer.Unearned) };
    }

    /// <summary>
    /// What is known of the order now. Moves the customer's counts by what it adds now, less what it added before; a version of it that is told closes its cart.
    /// </summary>
    private static OrderState Count(CustomerDraft draft, OrderState before, OrderFacts facts, OrderSnapshot? told)
    {
        if (told is not null)
        {
            if (draft.LastPlacedAt is not { } latest || told.PlacedAt > latest) draft.LastPlacedAt = told.PlacedAt;
            if (told.CartId is { } cart) draft.Carts = Carts.Close(draft.Carts, cart, told.PlacedAt);
        }

        var counts = facts is { IsPaid: true, IsCancelled: false } ? Contribution(facts, draft.Program) : null;
        var purchases = draft.Purchases.Replace(before.OrderId, before.Counted, counts);
        if (!ReferenceEquals(purchases, draft.Purchases))
        {
            draft.Purchases = purchases;
            draft.Categories = CategoryRhythm.Replace(draft.Categories, before.Counted, counts);
        }

        return before with { Facts = facts, Counted = counts, Nth = before.Nth ?? (counts is null ? null : purchases.Count) };
    }

    private static OrderContribution Contribution(OrderFacts facts, ProgramModel program) =>
        new(facts.PaidAt!.Value, OrderValue.Kept(facts), facts.Latest!.Currency)
        {
            Categories = program.Signals.ReorderByCategory ? CategoryRhythm.Join(facts.Latest.Lines) : null,
        };

    private static void ApplyPerson(CustomerDraft draft, CanonicalEvent e, EventData.Person person)
    {
        (person, var asked) = AskFirst(draft, person);
        draft.Consents = Await(ProfileMerge.Fold(draft.Consents, person, e.Time), asked, person.ConsentAt ?? e.Time);
        draft.Profile = ProfileMerge.Fold(draft.Profile, person, e.Time);
        draft.Person = ProfileMerge.Fold(draft.Person, person, e.Time);
        if (e.Type == EventTypes.CustomerSignedUp) SignUp(draft, e, person);
        // However it was asked for, the journey that confirms it listens to one event.
        if (!asked.IsEmpty && e.Type != EventTypes.CustomerConsentChanged) draft.Tell(Occurrences.Asked(e, asked));
        if (e.Type != EventTypes.CustomerSignedUp) draft.Tell(Occurrences.Of(e, e.Type == EventTypes.CustomerUpdated ? Occurrences.Updated(person) : Asked(Occurrences.Consents(person), asked)));
    }

    /// <summary>Whoever signs up twice signed up the first time; what it is worth is granted once.</summary>
    private static void SignUp(CustomerDraft draft, CanonicalEvent e, EventData.Person? person)
    {
        var known = draft.SignedUpAt;
        draft.SignedUpAt = known is { } at && at < e.Time ? at : e.Time;
        if (known is not null) return;
        var signUp = Occurrences.SignedUp(e, person);
        draft.Tell(signUp);
        // Whoever comes over from another system brings along what the sign-up was worth there.
        if (person?.IsHistory != true) EarnSignUp(draft, signUp);
    }

    private static void ApplyCart(CustomerDraft draft, CanonicalEvent e, EventData.Cart cart)
    {
        draft.Carts = Carts.Fold(draft.Carts, cart, e.Time);
        var told = new CartState
        {
            CartId = cart.CartId,
            IsCheckout = cart.IsCheckout,
            Currency = cart.Currency,
            TotalMinor = cart.TotalMinor,
            Lines = cart.Lines.IsDefault ? [] : cart.Lines,
        };
        draft.Tell(Occurrences.Of(e, () => Occurrences.Cart(told)));
    }

    private static void ApplyFacts(CustomerDraft draft, CanonicalEvent e, EventData.Facts facts)
    {
        if (e.Type == EventTypes.CustomerSignedUp)
        {
            SignUp(draft, e, null);
            return;
        }

        if (IsMachine(e)) return;
        Contacted(draft, e, facts);
        var occurrence = Occurrences.Of(e, facts.Values);
        draft.Tell(occurrence);
        Earn(draft, occurrence);
    }
}
