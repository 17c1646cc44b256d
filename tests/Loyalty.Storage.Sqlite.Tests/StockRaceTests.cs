using System.Diagnostics;
using System.Globalization;
using Loyalty.Core.Offers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Limits;
using Loyalty.Engine.State;
using Loyalty.Storage.Contract;
using Loyalty.Storage.Sqlite.Crash;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>A stock of codes that two processes give away at once on one file.</summary>
public sealed class StockRaceTests
{
    private const int Stock = 500;
    private const int TimesEach = 2500;
    private static readonly ManualClock Clock = new(Instant.FromUtc(2026, 3, 1, 12, 0));

    [Fact]
    public async Task Issue_FiveThousandAskForFiveHundredInTwoProcesses_ExactlyFiveHundredGiven()
    {
        await using var file = new TemporaryFile();
        var store = await file.OpenStoreAsync(Clock);
        var source = CodeGiver.Create(store, Clock, Stock);
        using var child = Start(file.Path);
        Assert.Equal("ready", await child.StandardOutput.ReadLineAsync());
        await child.StandardInput.WriteLineAsync("go");
        await child.StandardInput.FlushAsync();
        var given = (await CodeGiver.GiveAsync(source, "parent", TimesEach)).ToList();
        var mine = given.Count;
        while (await child.StandardOutput.ReadLineAsync() is { } line && line != "end") given.Add(line);
        await child.WaitForExitAsync();

        Assert.Equal(Stock, given.Count);
        Assert.Equal(Stock, given.Distinct(StringComparer.Ordinal).Count());
        Assert.InRange(mine, 1, Stock - 1);
        Assert.Equal(0, await new SharedLimits(store, Clock).LeftAsync(SharedLimits.StockOf(CodeGiver.Offer), Stock));
        var states = 0;
        foreach (var code in given)
        {
            var document = await store.ReadAsync(Keys.CodePartition(code), "code");
            if (LoyaltyJson.Read<CodeState>(document!.Body.Span).Code == code) states++;
        }

        Assert.Equal(Stock, states);
    }

    private static Process Start(string path)
    {
        string child = Path.Combine(AppContext.BaseDirectory, "Loyalty.Storage.Sqlite.Crash.dll");
        string[] arguments = ["exec", child, "give", path, "child", TimesEach.ToString(CultureInfo.InvariantCulture), Stock.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        return Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
    }
}
