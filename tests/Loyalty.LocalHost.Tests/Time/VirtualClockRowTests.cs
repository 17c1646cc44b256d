using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using NodaTime;

namespace Loyalty.LocalHost.Tests.Time;

public sealed class VirtualClockRowTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 12, 0);

    [Fact]
    public async Task Open_FreshFile_BeginsAtTheGivenStart()
    {
        await using var file = new DataFile();
        using HostClock clock = await VirtualClockRow.OpenAsync(await file.OpenOwnedAsync(), Start);
        Assert.Equal(Start, clock.Now);
        Assert.True(clock.IsVirtual);
    }

    [Fact]
    public async Task Open_FileWithoutVirtualTime_ReadsNull()
    {
        await using var file = new DataFile();
        Assert.Null(VirtualClockRow.Read(await file.OpenOwnedAsync()));
    }

    [Fact]
    public async Task Open_Again_GoesOnFromTheTimeOfTheLastCommit()
    {
        await using var file = new DataFile();
        SqliteDatabase database = await file.OpenOwnedAsync();
        using (HostClock clock = await VirtualClockRow.OpenAsync(database, Start))
        {
            await clock.RunUntilAsync(Start + Duration.FromDays(3));
            await database.WriteAsync(_ => { });
            await clock.RunUntilAsync(Start + Duration.FromDays(4));
        }

        await file.CloseAsync();
        using HostClock again = await VirtualClockRow.OpenAsync(await file.OpenOwnedAsync(), Start);
        Assert.True(again.Now >= Start + Duration.FromDays(3));
    }

    [Fact]
    public async Task Commit_AfterAMove_ContainsTheMove()
    {
        await using var file = new DataFile();
        SqliteDatabase database = await file.OpenOwnedAsync();
        using HostClock clock = await VirtualClockRow.OpenAsync(database, Start);
        for (int day = 1; day <= 5; day++)
        {
            await clock.RunUntilAsync(Start + Duration.FromDays(day));
            long stored = await database.WriteAsync(session => session.QueryInt64("SELECT now FROM virtual_clock"));
            Assert.Equal(clock.Now, Instant.FromUnixTimeTicks(stored));
            Assert.Equal(clock.Now, VirtualClockRow.Read(database));
        }
    }

    [Fact]
    public async Task Moves_WithoutCommits_CostNoGroup()
    {
        await using var file = new DataFile();
        SqliteDatabase database = await file.OpenOwnedAsync();
        using HostClock clock = await VirtualClockRow.OpenAsync(database, Start);
        long before = database.Counters.Groups;
        await clock.RunUntilAsync(Start + Duration.FromDays(1));
        Assert.Equal(before, database.Counters.Groups);
        await VirtualClockRow.SaveAsync(database, clock);
        Assert.Equal(Start + Duration.FromDays(1), VirtualClockRow.Read(database));
    }

    [Fact]
    public async Task Open_NotTheOwner_IsRefused()
    {
        await using var file = new DataFile();
        await file.OpenOwnedAsync();
        await using SqliteDatabase other = SqliteDatabase.Open(file.Path);
        await Assert.ThrowsAsync<OwnershipLostException>(() => VirtualClockRow.OpenAsync(other, Start));
    }
}
