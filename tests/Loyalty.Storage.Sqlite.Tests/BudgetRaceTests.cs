using System.Diagnostics;
using System.Globalization;
using Loyalty.Engine.Limits;
using Loyalty.Storage.Contract;
using Loyalty.Storage.Sqlite.Crash;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>A budget of points that two processes draw on at once on one file.</summary>
public sealed class BudgetRaceTests
{
    private const int TimesEach = 500;
    private static readonly ManualClock Clock = new(Instant.FromUtc(2026, 3, 1, 12, 0));

    [Fact]
    public async Task Acquire_TwoProcesses_NeverMoreThanTheBudgetAndNothingLost()
    {
        await using var file = new TemporaryFile();
        var limits = new SharedLimits(await file.OpenStoreAsync(Clock), Clock);
        string child = Path.Combine(AppContext.BaseDirectory, "Loyalty.Storage.Sqlite.Crash.dll");
        string[] arguments = ["exec", child, "budget", file.Path, "child", TimesEach.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        using var other = Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
        Assert.Equal("ready", await other.StandardOutput.ReadLineAsync());
        await other.StandardInput.WriteLineAsync("go");
        await other.StandardInput.FlushAsync();
        var mine = await BudgetTaker.TakeAsync(limits, "parent", TimesEach);
        var theirs = long.Parse((await other.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        await other.WaitForExitAsync();

        Assert.InRange(mine, 1, BudgetTaker.Capacity - 1);
        Assert.InRange(mine + theirs, 1, BudgetTaker.Capacity);
        Assert.Equal(BudgetTaker.Capacity - mine - theirs, await limits.LeftAsync(BudgetTaker.Limit, BudgetTaker.Capacity));

        // What is left is there for whoever asks, to the last point.
        var last = await limits.AcquireAsync(
            new LimitRequest(BudgetTaker.Limit, "last", BudgetTaker.Capacity, BudgetTaker.Capacity, new TakeOutcome("customer:last", "entry")) { TakesPart = true });
        Assert.Equal(BudgetTaker.Capacity - mine - theirs, last?.Amount ?? 0);
        Assert.Equal(0, await limits.LeftAsync(BudgetTaker.Limit, BudgetTaker.Capacity));
    }
}
