using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Tiers;
using NodaTime;

namespace Loyalty.Simulation.Import;

/// <summary>History into facts and ledger: no journey starts and nothing is sent. A record told twice counts once, so an import that was cut off is repeated.</summary>
public sealed class HistoryUseCase(
    ApplyEventUseCase apply, CustomerQueries customers, PointsUseCase points, BringStanding standings, IProgramSource programs, IClock clock)
{
    /// <summary>What of a file does not go together with the program, each with its line and remedy; to be asked before anything is written.</summary>
    /// <param name="file">The file.</param>
    /// <param name="wallets">Names of the program's wallets.</param>
    /// <param name="tiers">Names of the program's tiers; null: not known, and not asked.</param>
    /// <param name="now">By the program's clock.</param>
    public static IReadOnlyList<string> Faults(HistoryFile file, IReadOnlyList<string> wallets, IReadOnlyList<string>? tiers, Instant now)
    {
        var faults = new List<string>();
        foreach (var one in file.Balances)
        {
            if (!wallets.Contains(one.Wallet, StringComparer.Ordinal))
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"Line {one.Line}: the program has no wallet '{one.Wallet}'; name one of {string.Join(", ", wallets)}, or add it to program.yaml."));
            if (one.ExpiresAt <= now)
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"Line {one.Line}: these points ended at {one.ExpiresAt}; leave the record out, or give a later expiresAt."));
        }

        foreach (var one in file.Standings)
        {
            if (tiers is null || (one.Brought.Tier is not { } tier) || tiers.Contains(tier, StringComparer.Ordinal)) continue;
            var remedy = tiers.Count == 0 ? "leave it out, or add it to program.yaml" : $"name one of {string.Join(", ", tiers)}, or add it to program.yaml";
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"Line {one.Line}: the program has no tier '{tier}'; {remedy}."));
        }

        return faults;
    }

    /// <summary>Imports a record; those of one person come one after the other.</summary>
    /// <param name="record">The record.</param>
    /// <param name="source">Names what the file's ids belong to: id 5 of <c>csv</c> is found again as <c>import:csv:5</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<RecordOutcome> ImportAsync(HistoryRecord record, string source, CancellationToken cancellation = default)
    {
        if (record.Balance is { } balance) return await PostAsync(balance, source, cancellation);
        if (record.Standing is { } standing) return await BringAsync(standing, source, cancellation);
        var now = clock.GetCurrentInstant();
        var e = record.Member?.ToEvent(source, now) ?? record.Purchase!.ToEvent(source, programs.Current.Model.TimeZone, now);
        return await apply.ApplyAsync(e, mayStart: false, cancellation) switch
        {
            ApplyOutcome.Applied => new RecordOutcome.Imported(),
            ApplyOutcome.AppliedBefore => new RecordOutcome.Before(),
            ApplyOutcome.Refused refused => new RecordOutcome.Refused(refused.Code),
            _ => new RecordOutcome.Refused(RefusalCode.NoIdentifier),
        };
    }

    private async Task<RecordOutcome> PostAsync(Balance balance, string source, CancellationToken cancellation)
    {
        // Whoever was refused as a person (erased, say) has nobody to whom the points could be given.
        if (await FindAsync(balance.CustomerId, balance.Email, source, cancellation) is not { } customerId) return new RecordOutcome.Refused(RefusalCode.NotFound);
        var now = clock.GetCurrentInstant();
        var command = new LedgerCommand.Grant(
            $"import:{balance.EventId}", balance.Points, balance.AvailableAt > now ? balance.AvailableAt : now, balance.ExpiresAt, new EntryCause { Reason = balance.Reason ?? "opening balance" })
        {
            EarnedAt = balance.EarnedAt < now ? balance.EarnedAt : null,
        };
        return await points.PostAsync(customerId, balance.Wallet, command, cancellation: cancellation) is PointsAnswer.Refused refused
            ? new RecordOutcome.Refused(refused.Code)
            : new RecordOutcome.Imported();
    }

    private async Task<RecordOutcome> BringAsync(Standing standing, string source, CancellationToken cancellation)
    {
        if (await FindAsync(standing.CustomerId, standing.Email, source, cancellation) is not { } customerId) return new RecordOutcome.Refused(RefusalCode.NotFound);
        return await standings.BringAsync(customerId, standing.Brought, cancellation) is { } refused ? new RecordOutcome.Refused(refused) : new RecordOutcome.Imported();
    }

    private Task<string?> FindAsync(string? customerId, string? email, string source, CancellationToken cancellation) =>
        customers.FindAsync(customerId is { } id ? $"import:{source}:{id}" : email!, cancellation);
}

/// <summary>What became of a record.</summary>
public abstract record RecordOutcome
{
    private RecordOutcome()
    {
    }

    /// <summary>It counts. Of a balance and a standing also: it counted before, for both are answered alike.</summary>
    public sealed record Imported : RecordOutcome;

    /// <summary>It was there before; nothing changed.</summary>
    public sealed record Before : RecordOutcome;

    /// <summary>It does not count.</summary>
    /// <param name="Code">Why.</param>
    public sealed record Refused(RefusalCode Code) : RecordOutcome;
}
