using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Offers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>A draw as it stands in the store.</summary>
public sealed record DrawDocument
{
    public required string Draw { get; init; }
    public required Instant OpenedAt { get; init; }

    /// <summary>Published from the beginning.</summary>
    public required string Commitment { get; init; }

    /// <summary>Hexadecimal; told when it is closed.</summary>
    public required string Seed { get; init; }
    public Instant? ClosedAt { get; init; }
    public string? ListHash { get; init; }
    public ImmutableArray<string> Winners { get; init; } = [];
}

/// <summary>A ticket.</summary>
public sealed record DrawTicket(string Ticket, string CustomerId, Instant At);

/// <summary>A draw as it is told.</summary>
/// <param name="Draw">Its name.</param>
/// <param name="Title">For people.</param>
/// <param name="Prizes">Tickets that win.</param>
/// <param name="Commitment">SHA-256 of the seed, from the beginning.</param>
/// <param name="Tickets">So far.</param>
/// <param name="ClosedAt">null: open.</param>
/// <param name="ListHash">Of the frozen list.</param>
/// <param name="Seed">Hexadecimal; null while it is open.</param>
/// <param name="Winners">First prize first.</param>
public sealed record DrawView(
    string Draw, string Title, int Prizes, string Commitment, int Tickets, Instant? ClosedAt, string? ListHash, string? Seed, ImmutableArray<DrawWinner> Winners);

/// <param name="Ticket">The ticket.</param>
/// <param name="CustomerId">Whose it is.</param>
public sealed record DrawWinner(string Ticket, string CustomerId);

/// <summary>Prize draws: the seed is committed to before the first ticket; after the draw anybody can check it (<see cref="PrizeDraw"/>).</summary>
public sealed class PrizeDraws(IDocumentStore store, IProgramSource programs, IChance chance, IClock clock)
{
    private const string DrawId = "draw";
    private const string TicketPrefix = "ticket-";

    /// <summary>The draw; null: the program has none of this name.</summary>
    public async Task<DrawView?> FindAsync(string draw, CancellationToken cancellation = default)
    {
        if (programs.Current.Draws.GetValueOrDefault(draw) is not { } rule) return null;
        var document = await OpenAsync(draw, cancellation);
        return View(rule, document, await TicketsAsync(draw, cancellation));
    }

    /// <summary>The list of tickets, in ordinal order; null: the program has no draw of this name.</summary>
    public async Task<IReadOnlyList<string>?> ListAsync(string draw, CancellationToken cancellation = default) =>
        programs.Current.Draws.ContainsKey(draw) ? [.. (await TicketsAsync(draw, cancellation)).Select(static ticket => ticket.Ticket)] : null;

    /// <summary>Closes the draw and tells the winners; drawn twice it is drawn once. null: the program has none of this name.</summary>
    public async Task<DrawView?> DrawAsync(string draw, CancellationToken cancellation = default)
    {
        if (programs.Current.Draws.GetValueOrDefault(draw) is not { } rule) return null;
        await OpenAsync(draw, cancellation);
        // Closed first: whoever adds a ticket does so under the document's ETag, so from here on the list stands still.
        await ChangeAsync(draw, document => document.ClosedAt is null ? document with { ClosedAt = clock.GetCurrentInstant() } : document, cancellation);
        var tickets = await TicketsAsync(draw, cancellation);
        var names = tickets.Select(static ticket => ticket.Ticket).ToList();
        var drawn = await ChangeAsync(
            draw,
            document => document.ListHash is not null ? document : document with
            {
                ListHash = PrizeDraw.ListHash(names),
                Winners = PrizeDraw.Winners(Convert.FromHexString(document.Seed), names, rule.Prizes),
            },
            cancellation);
        return View(rule, drawn, tickets);
    }

    /// <summary>Whether its list of tickets is closed.</summary>
    internal static async Task<bool> IsClosedAsync(IDocumentStore store, string draw, CancellationToken cancellation) =>
        await new PartitionSession(store, Keys.DrawPartition(draw)).ReadAsync<DrawDocument>(DrawId, cancellation) is { ClosedAt: not null };

    /// <summary>A ticket for a code; the same code is one ticket. Too late is too late: the list is frozen.</summary>
    internal async Task AddTicketAsync(string draw, string code, string customerId, CancellationToken cancellation)
    {
        await OpenAsync(draw, cancellation);
        var ticket = Hashing.Id(20, "ticket", draw, code);
        await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.DrawPartition(draw));
            var document = await session.ReadAsync<DrawDocument>(DrawId, cancellation);
            if (document!.ClosedAt is not null || await session.ReadAsync<DrawTicket>(TicketPrefix + ticket, cancellation) is not null) return new object();
            session.Guard(DrawId);
            session.Put(TicketPrefix + ticket, Kinds.Ticket, new DrawTicket(ticket, customerId, clock.GetCurrentInstant()));
            return await session.CommitAsync(cancellation) ? new object() : null;
        });
    }

    private static DrawView View(DrawRule rule, DrawDocument document, IReadOnlyList<DrawTicket> tickets)
    {
        var owners = tickets.ToDictionary(static ticket => ticket.Ticket, static ticket => ticket.CustomerId, StringComparer.Ordinal);
        var isDrawn = document.ListHash is not null;
        return new DrawView(
            rule.Name,
            rule.Title,
            rule.Prizes,
            document.Commitment,
            tickets.Count,
            document.ClosedAt,
            document.ListHash,
            isDrawn ? document.Seed : null,
            [.. document.Winners.Select(winner => new DrawWinner(winner, owners.GetValueOrDefault(winner, "")))]);
    }

    private Task<DrawDocument> OpenAsync(string draw, CancellationToken cancellation) => Attempts.UntilCommittedAsync(async () =>
    {
        var session = new PartitionSession(store, Keys.DrawPartition(draw));
        if (await session.ReadAsync<DrawDocument>(DrawId, cancellation) is { } known) return known;
        var seed = chance.Bytes(PrizeDraw.SeedBytes);
        var opened = new DrawDocument
        {
            Draw = draw,
            OpenedAt = clock.GetCurrentInstant(),
            Commitment = PrizeDraw.Commitment(seed),
            Seed = Convert.ToHexStringLower(seed),
        };
        session.Put(DrawId, Kinds.Draw, opened);
        return await session.CommitAsync(cancellation) ? opened : null;
    });

    private Task<DrawDocument> ChangeAsync(string draw, Func<DrawDocument, DrawDocument> change, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.DrawPartition(draw));
            var document = (await session.ReadAsync<DrawDocument>(DrawId, cancellation))!;
            var changed = change(document);
            if (ReferenceEquals(changed, document)) return document;
            session.Put(DrawId, Kinds.Draw, changed);
            return await session.CommitAsync(cancellation) ? changed : null;
        });

    private async Task<List<DrawTicket>> TicketsAsync(string draw, CancellationToken cancellation) =>
        await store.ReadAllAsync<DrawTicket>(new DocumentQuery(Keys.DrawPartition(draw), TicketPrefix, StoreLimits.PageSize), cancellation).ToListAsync(cancellation);
}
