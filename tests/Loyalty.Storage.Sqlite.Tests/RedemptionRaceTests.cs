using System.Diagnostics;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using Loyalty.Storage.Sqlite.Crash;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>One balance, many hands: in one process, and in two on one file.</summary>
public sealed class RedemptionRaceTests
{
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 1, 12, 0);
    private static readonly ManualClock Clock = new(Day);

    [Theory]
    [InlineData(2, 15)]
    [InlineData(20, 100)]
    [InlineData(200, 1000)]
    public async Task Redeem_FromTwoProcesses_NeverMoreThanTheBalanceAndNothingLost(int times, long balance)
    {
        await using var file = new TemporaryFile();
        var store = await file.OpenStoreAsync(Clock);
        var points = Redeemer.Create(store, Clock);
        await OpenAsync(store, points, balance);
        using var child = Start(file.Path, times);
        Assert.Equal("ready", await child.StandardOutput.ReadLineAsync());
        await child.StandardInput.WriteLineAsync("go");
        await child.StandardInput.FlushAsync();
        var mine = await Redeemer.RedeemAsync(points, "parent", times, 10);
        var theirs = new List<(string Key, long Points)>();
        while (await child.StandardOutput.ReadLineAsync() is { } line && line != "end")
            theirs.Add((line.Split(' ')[0], long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)));
        await child.WaitForExitAsync();

        var granted = mine.Concat(theirs).ToList();
        var (wallet, entries) = await BooksAsync(store);
        Assert.Empty(LedgerBooks.Check(wallet, entries));
        Assert.Equal(granted.Sum(static one => one.Points), wallet.Balances.Spent);
        Assert.Equal(balance - wallet.Balances.Spent, wallet.Balances.Available);
        Assert.InRange(wallet.Balances.Available, 0, 11);
        Assert.Equal(granted.Select(static one => one.Key).Order(), entries.Where(static entry => entry.Type == EntryType.Spend).Select(static entry => entry.Key).Order());
    }

    [Fact]
    public async Task Post_SameRequestManyTimesAtOnce_IsPostedOnceAndAnsweredTheSame()
    {
        await using var file = new TemporaryFile();
        var store = await file.OpenStoreAsync(Clock);
        var (one, other) = (Redeemer.Create(store, Clock), Redeemer.Create(store, Clock));
        await OpenAsync(store, one, 1000);
        var command = new LedgerCommand.Spend("checkout", 30, new EntryCause { OrderId = "o" });
        var request = IdempotentRequest.Of("redeem", "key-1", command.Points)!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? one : other).PostAsync(Redeemer.Customer, "spendable", command, request)));
        Assert.Equal(answers[0], Assert.Single(answers.Distinct()));
        Assert.Equal(970, Assert.IsType<PointsAnswer.Done>(answers[0]).Available);
        var reused = await one.PostAsync(Redeemer.Customer, "spendable", command, IdempotentRequest.Of("redeem", "key-1", 31L));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.IdempotencyKeyReused), reused);
        var conflict = await one.PostAsync(Redeemer.Customer, "spendable", command with { Points = 31 });
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.KeyConflict), conflict);
    }

    [Fact]
    public async Task Checkout_HoldCommitRestore_KeepsTheRedemptionBesideTheWallet()
    {
        await using var file = new TemporaryFile();
        var store = await file.OpenStoreAsync(Clock);
        var points = Redeemer.Create(store, Clock);
        await OpenAsync(store, points, 100);
        var because = new EntryCause { OrderId = "o" };
        await PostAsync(points, new LedgerCommand.Hold("h1", 60, Day + Duration.FromMinutes(10), because));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.InsufficientPoints), await points.PostAsync(Redeemer.Customer, "spendable", new LedgerCommand.Spend("s", 41, because)));
        await PostAsync(points, new LedgerCommand.Commit("c1", "h1", because));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.HoldExpired), await points.PostAsync(Redeemer.Customer, "spendable", new LedgerCommand.Release("r1", "h1", because)));
        var back = Assert.IsType<PointsAnswer.Done>(await points.RestoreAsync(Redeemer.Customer, "spendable", "h1", 25, "back-1", because));
        Assert.Equal(65, back.Available);
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.ExceedsRedemption), await points.RestoreAsync(Redeemer.Customer, "spendable", "h1", 36, "back-2", because));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.NotFound), await points.RestoreAsync(Redeemer.Customer, "spendable", "nothing", 1, "back-3", because));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.NotFound), await points.PostAsync("nobody", "spendable", new LedgerCommand.Spend("s", 1, because)));
        var (wallet, entries) = await BooksAsync(store);
        Assert.Empty(LedgerBooks.Check(wallet, entries));
    }

    private static async Task PostAsync(PointsUseCase points, LedgerCommand command) =>
        Assert.IsType<PointsAnswer.Done>(await points.PostAsync(Redeemer.Customer, "spendable", command));

    private static async Task OpenAsync(SqliteDocumentStore store, PointsUseCase points, long balance)
    {
        var customer = LoyaltyJson.Write(new CustomerState { CustomerId = Redeemer.Customer, CreatedAt = Day, KnownSince = Day });
        await store.CommitAsync(Keys.CustomerPartition(Redeemer.Customer), [new DocumentWrite.Create(Keys.CustomerId, Kinds.Customer, customer)]);
        await PostAsync(points, LedgerCommand.Opening("old-system", "1", balance, null, null, Day));
    }

    private static async Task<(WalletState Wallet, List<LedgerEntry> Entries)> BooksAsync(SqliteDocumentStore store)
    {
        var partition = Keys.CustomerPartition(Redeemer.Customer);
        var wallet = LoyaltyJson.Read<CustomerState>((await store.ReadAsync(partition, Keys.CustomerId))!.Body.Span).WalletStates.Single(static one => one.Name == "spendable");
        var page = await store.QueryAsync(new DocumentQuery(partition, Keys.EntryPrefix, 1000));
        return (wallet, [.. page.Items.Select(static item => LoyaltyJson.Read<LedgerEntry>(item.Body.Span))]);
    }

    private static Process Start(string path, int times)
    {
        string child = Path.Combine(AppContext.BaseDirectory, "Loyalty.Storage.Sqlite.Crash.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", child, "redeem", path, "child", times.ToString(CultureInfo.InvariantCulture), "10"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
    }
}
