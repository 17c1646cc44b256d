using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>What shops ask about people's data: noted for the operator, and done where it is an erasure. The webhook itself was answered long before.</summary>
public sealed class PrivacyRequests(
    IDocumentStore store, PersonResolver people, EraseUseCase erasures, IntakeService intake, KeptBodies bodies, RunProtocolSettings settings, IClock clock)
{
    /// <summary>Days within which a request has to be answered (GDPR, article 12(3): one month).</summary>
    public const int AnswerDays = 30;

    private const string RequestPrefix = "request-";
    private const int PageSize = 50;
    private const int KeptLimit = 100;

    /// <summary>Takes an event if it is such a request.</summary>
    /// <returns>False: it is another event.</returns>
    public async Task<bool> TakeAsync(CanonicalEvent e, CancellationToken cancellation = default)
    {
        if (e.Type is not (EventTypes.CustomerDataRequested or EventTypes.CustomerErasureRequested or EventTypes.ShopErasureRequested)) return false;
        var request = await NoteAsync(e, cancellation);
        if (request.Status == PrivacyRequestStatus.Working) await AdvanceAsync(request.Id, cancellation);
        return true;
    }

    /// <summary>Requests, the latest first; at most 500.</summary>
    public async Task<IReadOnlyList<PrivacyRequest>> ListAsync(CancellationToken cancellation = default)
    {
        var found = new List<PrivacyRequest>();
        string? continuation = null;
        do
        {
            var page = await store.QueryAsync(new DocumentQuery(Keys.PrivacyPartition, RequestPrefix, 500, Continuation: continuation), cancellation);
            found.AddRange(page.Items.Select(static one => LoyaltyJson.Read<PrivacyRequest>(one.Body.Span)));
            continuation = page.Continuation;
        }
        while (continuation is not null && found.Count < 500);
        return [.. found.OrderByDescending(static one => one.ReceivedAt).ThenBy(static one => one.Id, StringComparer.Ordinal)];
    }

    /// <summary>The data was handed over.</summary>
    /// <returns>null: there is no such request.</returns>
    public Task<PrivacyRequest?> CloseAsync(string id, CancellationToken cancellation = default) =>
        ChangeAsync(id, one => one.Status == PrivacyRequestStatus.Open ? one with { Status = PrivacyRequestStatus.Done, DoneAt = clock.GetCurrentInstant() } : one, cancellation);

    /// <summary>Goes on with a request that is an erasure.</summary>
    public async Task AdvanceAsync(string id, CancellationToken cancellation = default)
    {
        if (await FindAsync(id, cancellation) is not { Status: PrivacyRequestStatus.Working } request) return;
        if (request.Type == EventTypes.ShopErasureRequested) await EraseShopAsync(request, cancellation);
        else await ErasePeopleAsync(request, cancellation);
    }

    private async Task ErasePeopleAsync(PrivacyRequest request, CancellationToken cancellation)
    {
        var isDone = true;
        foreach (var customerId in request.CustomerIds)
        {
            var record = await erasures.EraseAsync(customerId, request.Source, cancellation);
            isDone &= record is null or { Step: ErasureStep.Done };
        }

        if (!isDone)
        {
            // The due scan looks again when hand-overs that were under way are over.
            await ChangeAsync(request.Id, static one => one, cancellation);
            return;
        }

        await ChangeAsync(request.Id, one => one with { Status = PrivacyRequestStatus.Done, Erased = one.CustomerIds.Length, DoneAt = clock.GetCurrentInstant() }, cancellation);
    }

    /// <summary>Everybody who is known from this shop only, then whatever else it has told that is still kept as it came in; page by page, resumable.</summary>
    private async Task EraseShopAsync(PrivacyRequest request, CancellationToken cancellation)
    {
        var ranges = await store.GetFeedRangesAsync(cancellation);
        var open = request;
        while (open.Part != ShopErasurePart.Bodies)
        {
            var page = open.Range >= ranges.Count ? new ShopPage(null, 0, [])
                : open.Part == ShopErasurePart.People ? await ErasePeopleOfAsync(open.Source, ranges[open.Range], open.Continuation, cancellation)
                : new ShopPage(await intake.ForgetSourceAsync(open.Source, ranges[open.Range], open.Continuation, cancellation), 0, []);
            var (part, range, continuation) = (open.Part, open.Range, open.Continuation);
            // Two at work on it: of a page that both have done one goes on.
            var changed = await ChangeAsync(
                request.Id, one => (one.Part, one.Range, one.Continuation) == (part, range, continuation) ? After(one, page, ranges.Count) : one, cancellation);
            if (changed is null) return;
            open = changed;
        }

        var domain = open.Source[(open.Source.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var connector = open.Source[..^(domain.Length + 1)];
        // One without a shop may still name it.
        await bodies.RemoveAsync((one, body) => one.Source is { } source ? source == open.Source : one.Connector == connector && new KeptText(body).Names(domain), cancellation);
        await ChangeAsync(request.Id, one => one with { Status = PrivacyRequestStatus.Done, DoneAt = clock.GetCurrentInstant() }, cancellation);
    }

    private static PrivacyRequest After(PrivacyRequest request, ShopPage page, int ranges)
    {
        var (part, range) = (request.Part, page.Continuation is null ? request.Range + 1 : request.Range);
        if (range >= ranges) (part, range) = (part + 1, 0);
        return request with
        {
            Part = part,
            Range = range,
            Continuation = page.Continuation,
            Erased = request.Erased + page.Erased,
            Kept = [.. request.Kept.Concat(page.Kept).Distinct(StringComparer.Ordinal).Take(KeptLimit)],
        };
    }

    private async Task<ShopPage> ErasePeopleOfAsync(string source, FeedRange range, string? continuation, CancellationToken cancellation)
    {
        var page = await store.ScanKindAsync(range, Kinds.Customer, PageSize, continuation, cancellation);
        var (erased, kept) = (0, new List<string>());
        foreach (var document in page.Items)
        {
            var customer = LoyaltyJson.Read<CustomerState>(document.Body.Span);
            if (customer is { MergedInto: not null } or { Contact.ErasedAt: not null }) continue;
            var (here, elsewhere) = await OriginsAsync(customer, source, cancellation);
            if (!here) continue;
            if (elsewhere) kept.Add(customer.CustomerId);
            else if (await erasures.EraseAsync(customer.CustomerId, source, cancellation) is not null) erased++;
        }

        return new ShopPage(page.Continuation, erased, kept);
    }

    /// <summary>
    /// Whether somebody is known from a shop, and from anywhere else: by names, and by orders, for a guest has no name but an address, which is nobody's own.
    /// </summary>
    private async Task<(bool Here, bool Elsewhere)> OriginsAsync(CustomerState customer, string source, CancellationToken cancellation)
    {
        var here = customer.Identifiers.Any(name => Is(name, source));
        // An id that this program gave is a name of no system.
        var elsewhere = customer.Identifiers.Any(name =>
            new Identifier(name).Kind is not ("email" or "phone") && !Is(name, source) && !(name == "id:" + customer.CustomerId && PersonResolver.IsOurs(customer.CustomerId)));
        string? continuation = null;
        do
        {
            var page = await store.QueryAsync(new DocumentQuery(Keys.CustomerPartition(customer.CustomerId), Keys.OrderPrefix, PageSize, Continuation: continuation), cancellation);
            foreach (var order in page.Items.Select(static one => LoyaltyJson.Read<OrderState>(one.Body.Span)))
            {
                here |= Is(order.OrderId, source);
                elsewhere |= !Is(order.OrderId, source);
            }

            continuation = page.Continuation;
        }
        while (continuation is not null && !(here && elsewhere));
        return (here, elsewhere);

        static bool Is(string name, string source) => name.StartsWith(source + ":", StringComparison.Ordinal);
    }

    /// <summary>
    /// Who is meant: whom the account leads to, and whom address, number or orders lead to, unless the shop itself says that they are somebody else: an address
    /// may have gone to another account, an order may have been moved.
    /// </summary>
    private async Task<(SortedSet<string> Named, SortedSet<string> Spared)> NamedAsync(CanonicalEvent e, CancellationToken cancellation)
    {
        var (named, spared) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        var identifiers = e.Identifiers.IsDefault ? [] : e.Identifiers;
        var orders = e.Data is EventData.Facts facts && facts.Values.GetValueOrDefault("orders") is AttributeValue.List list ? list.Values : [];
        foreach (var identifier in identifiers.Concat(orders.Select(Keys.OrderIdentifier)))
        {
            if (await people.OwnerAsync(identifier, cancellation) is not { } owner) continue;
            var customerId = await store.SurvivorAsync(owner, cancellation);
            var known = (await store.FindCustomerAsync(customerId, cancellation))?.Identifiers ?? [];
            (PersonMerge.HaveTwoAccounts(identifiers.Select(static one => one.Value), known) ? spared : named).Add(customerId);
        }

        spared.ExceptWith(named);
        return (named, spared);
    }

    private async Task<PrivacyRequest> NoteAsync(CanonicalEvent e, CancellationToken cancellation)
    {
        var id = RequestPrefix + Hashing.Id(26, "privacy", e.Source, e.Id);
        var (named, spared) = await NamedAsync(e, cancellation);
        return await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.PrivacyPartition);
            if (await session.ReadAsync<PrivacyRequest>(id, cancellation) is { } known) return known;
            var now = clock.GetCurrentInstant();
            var request = new PrivacyRequest
            {
                Id = id,
                Type = e.Type,
                Source = e.Source,
                ShopRequest = e.Data is EventData.Facts facts && facts.Values.GetValueOrDefault("request-id") is AttributeValue.Text { Value: var number } ? number : null,
                ReceivedAt = now,
                DueAt = now + Duration.FromDays(AnswerDays),
                CustomerIds = [.. named],
                Kept = [.. spared.Take(KeptLimit)],
                Status = e.Type == EventTypes.ShopErasureRequested ? PrivacyRequestStatus.Working
                    : named.Count == 0 ? PrivacyRequestStatus.Nobody
                    : e.Type == EventTypes.CustomerDataRequested ? PrivacyRequestStatus.Open
                    : PrivacyRequestStatus.Working,
            };
            Put(session, request, now);
            return await session.CommitAsync(cancellation) ? request : null;
        });
    }

    private async Task<PrivacyRequest?> FindAsync(string id, CancellationToken cancellation) =>
        await store.ReadAsync(Keys.PrivacyPartition, id, cancellation) is { } document ? LoyaltyJson.Read<PrivacyRequest>(document.Body.Span) : null;

    private async Task<PrivacyRequest?> ChangeAsync(string id, Func<PrivacyRequest, PrivacyRequest> change, CancellationToken cancellation)
    {
        var changed = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.PrivacyPartition);
            if (await session.ReadAsync<PrivacyRequest>(id, cancellation) is not { } known) return new Found(null);
            var next = change(known);
            Put(session, next, clock.GetCurrentInstant());
            return await session.CommitAsync(cancellation) ? new Found(next) : null;
        });
        return changed.Request;
    }

    private void Put(PartitionSession session, PrivacyRequest request, Instant now) => session.Put(
        request.Id,
        Kinds.PrivacyRequest,
        request,
        request.Status == PrivacyRequestStatus.Working ? now + settings.WakeSlack : null,
        Retention.Until(request.ReceivedAt, Retention.PrivacyRequests));

    private sealed record Found(PrivacyRequest? Request);

    /// <summary>What came of one page of a shop's erasure.</summary>
    private sealed record ShopPage(string? Continuation, int Erased, List<string> Kept);
}
