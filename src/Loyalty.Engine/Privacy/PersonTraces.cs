using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>What lies outside the partition of a person and leads there: identifiers, accepted events, bodies that could not be mapped.</summary>
public sealed class PersonTraces(PersonResolver resolver, IntakeService intake, KeptBodies kept, SuppressionList suppressions, IProgramSource programs)
{
    private const int LeastKept = 5;

    /// <summary>The sessions in which events of somebody known by this name came in; as connectors name them.</summary>
    public static string Session(string name) => Hashing.Id(26, "session", name);

    /// <summary>Removes what every name of a record leads from; of a name that was another's before, or is another's since, only what came in while it was theirs.</summary>
    public async Task RemoveAsync(CustomerState customer, CancellationToken cancellation = default)
    {
        string[] ids = [customer.CustomerId, .. customer.Absorbed];
        var theirs = new List<TheirName>();
        foreach (var name in Names(customer))
        {
            await resolver.EraseAsync(name, ids, cancellation);
            // Asked when it is erased: done again after a cut, it may be somebody else's by now.
            var span = await resolver.SpanAsync(name, ids, cancellation);
            theirs.Add(new TheirName(name, span.Covers));
            if (span.Until is null) await KeepSuppressedAsync(customer, name, cancellation);
        }

        foreach (var former in customer.Former ?? [])
        {
            // Of one that is nobody's since, nothing that still comes in may make the person known again.
            var isNobodys = await resolver.EraseAsync(new Identifier(former.Name), ids, cancellation);
            theirs.Add(new TheirName(new Identifier(former.Name), at => former.Covers(at) || (isNobodys && at > former.Until)));
            if (isNobodys) await KeepSuppressedAsync(customer, new Identifier(former.Name), cancellation);
        }

        foreach (var (name, isTheirs) in theirs) await intake.ForgetSessionAsync(Session(name.Value), isTheirs, cancellation);
        foreach (var cart in customer.Carts) await intake.ForgetSessionAsync(Session("cart:" + cart.CartId), All, cancellation);
        await RemoveKeptAsync(theirs, cancellation);
    }

    /// <summary>Removes what an order leads from.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="people">Who had it, and those who were merged into them.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    public async Task RemoveOrderAsync(string orderId, IReadOnlyCollection<string> people, CancellationToken cancellation = default)
    {
        await resolver.EraseAsync(Keys.OrderIdentifier(orderId), people, cancellation);
        await intake.ForgetSessionAsync(Session("order:" + orderId), All, cancellation);
    }

    /// <summary>Removes what a provider's name of a message leads from.</summary>
    public Task RemoveMessageAsync(string providerId, IReadOnlyCollection<string> people, CancellationToken cancellation = default) =>
        resolver.EraseAsync(Keys.MailIdentifier(providerId), people, cancellation);

    /// <summary>Removes bodies that could not be mapped, have one of the names in them, and came in while it was theirs: nobody could tell from them whose they are otherwise.</summary>
    private async Task RemoveKeptAsync(List<TheirName> theirs, CancellationToken cancellation)
    {
        var texts = theirs.Where(static one => one.Name.Kind != "id")
            .Select(static one => (Text: one.Name.Value[(one.Name.Value.LastIndexOf(':') + 1)..], one.IsTheirs))
            .Where(static one => one.Text.Length >= LeastKept).ToList();
        if (texts.Count > 0) await kept.RemoveAsync((one, body) => new KeptText(body) is var text && texts.Exists(name => name.IsTheirs(one.At) && text.Names(name.Text)), cancellation);
    }

    /// <summary>What the record knows of a mailbox is kept by the address alone: whoever becomes known by it, from a file of old times say, is not written to again.</summary>
    private async Task KeepSuppressedAsync(CustomerState customer, Identifier name, CancellationToken cancellation)
    {
        if (name.Kind is not ("email" or "phone") || customer.Contact is not { Suppressed.IsEmpty: false } contact) return;
        var address = name.Value[(name.Kind.Length + 1)..];
        var found = programs.Current.Channels.Keys.Prepend(Consents.Email).Select(channel => contact.Find(channel, address)).FirstOrDefault(static one => one is not null);
        if (found is not null) await suppressions.KeepAsync(name, found.Reason, cancellation);
    }

    private static bool All(Instant at) => true;

    /// <summary>Every name of a record, the program's own id with them.</summary>
    private static IEnumerable<Identifier> Names(CustomerState customer) =>
        customer.Identifiers.Select(static name => new Identifier(name)).Append(Identifier.Customer(customer.CustomerId)).Distinct();

    /// <summary>A name, and of what came in under it, by its moment, what is theirs.</summary>
    private readonly record struct TheirName(Identifier Name, Func<Instant, bool> IsTheirs);
}
