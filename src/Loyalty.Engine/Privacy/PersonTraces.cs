using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>What lies outside the partition of a person and leads there: identifiers, accepted events, bodies that could not be mapped.</summary>
public sealed partial class PersonTraces(IDocumentStore store, PersonResolver resolver, IntakeService intake)
{
    private const int PageSize = 200;
    private const int LeastKept = 5;

    /// <summary>The sessions in which events of somebody known by this name came in; as connectors name them.</summary>
    public static string Session(string name) => Hashing.Id(26, "session", name);

    /// <summary>Removes what every name of a record leads from; of a name that was another's before, or is another's since, only what came in while it was theirs.</summary>
    public async Task RemoveAsync(CustomerState customer, CancellationToken cancellation = default)
    {
        string[] ids = [customer.CustomerId, .. customer.Absorbed];
        foreach (var name in Names(customer))
        {
            var since = await resolver.FromAsync(name, cancellation);
            await resolver.EraseAsync(name, ids, cancellation);
            await intake.ForgetSessionAsync(Session(name.Value), at => since is not { } from || at > from, cancellation);
        }

        foreach (var former in customer.Former ?? [])
        {
            // Of one that is nobody's since, nothing that still comes in may make the person known again.
            var isNobodys = await resolver.EraseAsync(new Identifier(former.Name), ids, cancellation);
            await intake.ForgetSessionAsync(Session(former.Name), at => former.Covers(at) || (isNobodys && at > former.Until), cancellation);
        }

        foreach (var cart in customer.Carts) await intake.ForgetSessionAsync(Session("cart:" + cart.CartId), All, cancellation);
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

    /// <summary>Removes bodies that could not be mapped and have one of the names in them; of people whom nobody could tell from them otherwise.</summary>
    public async Task RemoveKeptAsync(CustomerState customer, CancellationToken cancellation = default)
    {
        var former = (customer.Former ?? []).Select(static one => new Identifier(one.Name));
        var texts = Names(customer).Concat(former).Where(static name => name.Kind != "id").Select(static name => name.Value[(name.Value.LastIndexOf(':') + 1)..])
            .Where(static text => text.Length >= LeastKept).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (texts.Count == 0) return;
        foreach (var range in await store.GetFeedRangesAsync(cancellation))
        {
            string? continuation = null;
            do
            {
                var page = await store.ScanKindAsync(range, "kept", PageSize, continuation, cancellation);
                foreach (var document in page.Items)
                {
                    var body = Encoding.UTF8.GetString(Convert.FromBase64String(LoyaltyJson.Read<KeptBody>(document.Body.Span).Body));
                    if (Names(body, texts))
                        await store.CommitAsync(document.Partition, [new DocumentWrite.Delete(document.Id)], cancellation);
                }

                continuation = page.Continuation;
            }
            while (continuation is not null);
        }
    }

    /// <summary>Whether a body has one of the texts in it, as it stands as JSON and forms write it (<c>\u002b</c>, <c>\/</c>, <c>%40</c>), or as people write numbers.</summary>
    internal static bool Names(string body, List<string> texts)
    {
        if (Has(body)) return true;
        if (body.Contains('\\', StringComparison.Ordinal) && Has(Unescaped().Replace(body, Character))) return true;
        if (body.Contains('%', StringComparison.Ordinal) && Has(Uri.UnescapeDataString(body))) return true;
        // A number is written with blanks and brackets, and known without.
        return texts.Exists(static one => one[0] == '+') && Has(string.Concat(body.Split(' ', '-', '.', '(', ')')));

        bool Has(string text) => texts.Exists(one => text.Contains(one, StringComparison.OrdinalIgnoreCase));
    }

    private static bool All(Instant at) => true;

    private static string Character(Match match) => match.Groups["code"] is { Success: true, Value: var code }
        ? ((char)ushort.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()
        : match.Value[1..];

    [GeneratedRegex(@"\\(u(?<code>[0-9A-Fa-f]{4})|/)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Unescaped();

    /// <summary>Every name of a record, the program's own id with them.</summary>
    private static IEnumerable<Identifier> Names(CustomerState customer) =>
        customer.Identifiers.Select(static name => new Identifier(name)).Append(Identifier.Customer(customer.CustomerId)).Distinct();
}
