using System.Globalization;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Refusals;
using Loyalty.Simulation.Import;
using NodaTime;

namespace Loyalty.Cli.Import;

/// <summary>Opening balances as lots: each is one entry under the key of its file and line.</summary>
internal sealed class BalanceImport(CustomerQueries customers, PointsUseCase points, IClock clock)
{
    /// <summary>What is wrong with balances as a whole, each with its line and remedy; before anything is written.</summary>
    public static IReadOnlyList<string> Faults(IReadOnlyList<Balance> balances, ProgramModel program, Instant now)
    {
        var faults = new List<string>();
        var wallets = program.Wallets.Select(static wallet => wallet.Name).ToList();
        foreach (var one in balances)
        {
            if (!wallets.Contains(one.Wallet, StringComparer.Ordinal))
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"Line {one.Line}: the program has no wallet '{one.Wallet}'; name one of {string.Join(", ", wallets)}, or add it to program.yaml."));
            if (one.ExpiresAt <= now)
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"Line {one.Line}: these points ended at {one.ExpiresAt}; leave the record out, or give a later expiresAt."));
        }

        return faults;
    }

    /// <summary>Posts a balance; true: it was not there before.</summary>
    /// <exception cref="PurchaseFileException">It is refused.</exception>
    public async Task PostAsync(Balance balance, string format, CancellationToken cancellation)
    {
        var name = balance.CustomerId is { } id ? $"import:{format}:{id}" : balance.Email!;
        if (await customers.FindAsync(name, cancellation) is not { } customerId)
            throw new PurchaseFileException(string.Create(CultureInfo.InvariantCulture, $"Line {balance.Line}: nobody is known as {name}; import the person first."));
        var now = clock.GetCurrentInstant();
        var command = new LedgerCommand.Grant(
            $"import:{balance.EventId}", balance.Points, balance.AvailableAt > now ? balance.AvailableAt : now, balance.ExpiresAt, new EntryCause { Reason = balance.Reason ?? "opening balance" })
        {
            EarnedAt = balance.EarnedAt < now ? balance.EarnedAt : null,
        };
        if (await points.PostAsync(customerId, balance.Wallet, command, cancellation: cancellation) is PointsAnswer.Refused refused)
            throw new PurchaseFileException(string.Create(CultureInfo.InvariantCulture, $"Line {balance.Line}: refused as {RefusalTable.Name(refused.Code)}."));
    }
}
