using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Storage;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Connectors.WooCommerce;

/// <summary>
/// WooCommerce never sends a webhook again. This reads every order that changed since the last time and takes it in; what a webhook told already has
/// the same facts and changes nothing. It goes on from the latest change it has taken in, some minutes before it: an interrupted poll loses nothing.
/// </summary>
public sealed class WooReconciler(ShopHttp http, ConnectorSettings settings, IDocumentStore store, IntakeService intake, KeptBodies kept, IClock clock)
{
    private const int PageSize = 50;
    private const int MaxPages = 40;
    private const string CursorId = "cursor";
    private static readonly Duration Overlap = Duration.FromMinutes(10);

    /// <summary>How far back the first poll reads.</summary>
    public static Duration FirstReach { get; } = Duration.FromDays(2);

    /// <summary>Whether there is a shop to read.</summary>
    public bool IsConfigured => settings.Api is not null;

    /// <summary>Reads at most 2,000 orders; the next poll goes on where this one ended.</summary>
    /// <param name="cancellation">Gives up between two pages.</param>
    /// <returns>Orders taken in, orders that could not be mapped, and why it ended before the end, if it did.</returns>
    public async Task<ReconcileReport> PollAsync(CancellationToken cancellation = default)
    {
        if (settings.Api is not { } api) return new ReconcileReport(0, 0, null);
        var partition = "reconcile:woocommerce:" + api.Url.Host;
        var read = await store.ReadAsync(partition, CursorId, cancellation);
        var since = read is null ? clock.GetCurrentInstant() - FirstReach : LoyaltyJson.Read<ReconcileCursor>(read.Body.Span).ModifiedAt - Overlap;
        var (taken, unmapped, page, latest) = (0, 0, 1, since);
        for (var n = 0; n < MaxPages; n++)
        {
            var after = InstantPattern.CreateWithInvariantCulture("uuuu-MM-ddTHH:mm:ss").Format(since);
            var path = string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"/orders?modified_after={after}&dates_are_gmt=true&orderby=modified&order=asc&per_page={PageSize}&page={page}");
            var (body, failure) = await WooReader.GetAsync(http, api, path, cancellation);
            if (failure is not null) return new ReconcileReport(taken, unmapped, failure);
            if (Map(body, api) is not { } mapped) return new ReconcileReport(taken, unmapped, new ShopReading.Refused("shop-answer-malformed", "A list of orders was expected."));
            if (mapped.Events.Count > 0) await intake.AcceptAsync(mapped.Events, cancellation);
            foreach (var (raw, code, detail) in mapped.Kept) await kept.KeepAsync("woocommerce", code, detail, "reconcile", raw, cancellation: cancellation);
            (taken, unmapped) = (taken + mapped.Orders, unmapped + mapped.Kept.Count);
            if (mapped.Latest > latest)
            {
                latest = mapped.Latest;
                await store.CommitAsync(partition, [new DocumentWrite.Upsert(CursorId, "cursor", LoyaltyJson.Write(new ReconcileCursor(latest)))], cancellation);
            }

            if (mapped.Rows < PageSize) break;
            // By time and not by number: an order that changes meanwhile moves to the end, and every page behind it moves up.
            (since, page) = latest - Duration.FromSeconds(1) > since ? (latest - Duration.FromSeconds(1), 1) : (since, page + 1);
        }

        return new ReconcileReport(taken, unmapped, null);
    }

    private Page? Map(ReadOnlyMemory<byte> body, ShopApi api)
    {
        var (document, _, _) = JsonBody.Parse(body, settings.MaxDepth);
        if (document is null) return null;
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Array) return null;
            var page = new Page();
            foreach (var element in document.RootElement.EnumerateArray())
            {
                page.Rows++;
                var problems = new Problems();
                var order = new Node(element, "", problems);
                var raw = JsonSerializer.SerializeToUtf8Bytes(element);
                var context = WooConnector.Context(
                    order,
                    WooConnector.ShopOf(api.Url.ToString()) ?? api.Url.Host,
                    "reconcile.order",
                    raw,
                    clock.GetCurrentInstant(),
                    settings.Currency,
                    null,
                    problems);
                if (order["date_modified_gmt"].AtUtc() is { } modified && modified > page.Latest) page.Latest = modified;
                var mapped = WooOrders.Map(order, context, EventTypes.OrderUpdated, canFetch: true);
                if (problems.Any) page.Kept.Add((raw, problems.Code, problems.Detail!));
                else if (mapped.Nothing is null) page.Take(mapped.Events);
            }

            return page;
        }
    }

    private sealed class Page
    {
        public int Rows { get; set; }

        public int Orders { get; private set; }

        public Instant Latest { get; set; } = Instant.MinValue;

        public List<AcceptedEvent> Events { get; } = [];

        public List<(byte[] Raw, RefusalCode Code, string Detail)> Kept { get; } = [];

        public void Take(IEnumerable<CanonicalEvent> events)
        {
            Orders++;
            foreach (var e in events) Events.Add(new AcceptedEvent(e, IntakeKeys.MessageId(e), IntakeKeys.SessionId(e)));
        }
    }
}

/// <summary>How far a shop has been read.</summary>
internal sealed record ReconcileCursor(Instant ModifiedAt);

/// <summary>What a poll did.</summary>
/// <param name="Orders">Taken in.</param>
/// <param name="Unmapped">Could not be mapped; kept with their reasons.</param>
/// <param name="Ended">Why it ended before the end; null: it did not.</param>
public sealed record ReconcileReport(int Orders, int Unmapped, ShopReading? Ended);
