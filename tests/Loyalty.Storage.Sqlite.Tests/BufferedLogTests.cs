namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>What is gathered for the log is in the file before anybody may count on it.</summary>
public sealed class BufferedLogTests
{
    /// <summary>More than the writer's page cache holds, so that pages go to the log before the commit.</summary>
    private const int RowsThatSpill = 6_000;

    [Fact]
    public void Name_ThisSystem_IsThere() => Assert.NotNull(BufferedLog.Name);

    [Fact]
    public async Task Write_Answered_IsInTheFilesThatAPowerCutWouldLeave()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        for (int count = 1; count <= 40; count++)
        {
            int id = count;
            await database.WriteAsync(session => RowTable.Insert(session, id, 1_000 * id));
            // The answer is there: nothing of it may be in this process alone. Both files as they are now are what another machine would start with.
            await using var copy = new TemporaryFile();
            File.Copy(file.Path, copy.Path);
            File.Copy(file.Path + "-wal", copy.Path + "-wal");
            Assert.Equal(count, RowTable.Count(copy.Open()));
        }
    }

    [Fact]
    public async Task Write_MoreThanTheCacheHolds_IsReadBackAndCommittedWhole()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        await database.WriteAsync(static session =>
        {
            InsertMany(session);
            // Pages that are in the log already are changed there.
            session.ExecuteScript("UPDATE rows SET text = zeroblob(length(text) + 1)");
            Assert.Equal(RowsThatSpill, session.QueryInt64("SELECT count(*) FROM rows"));
        });
        await RowTable.AssertWholeAsync(file, database, RowsThatSpill);
    }

    [Fact]
    public async Task Write_MoreThanTheCacheHoldsAndThrows_LeavesNothing()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        await database.WriteAsync(static session => RowTable.Insert(session, 1, 10));
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(static session =>
        {
            session.ExecuteScript("DELETE FROM rows");
            InsertMany(session);
            throw new InvalidOperationException("no");
        }));
        await database.WriteAsync(static session => RowTable.Insert(session, 2, 10));
        await RowTable.AssertWholeAsync(file, database, 2);
    }

    [Fact]
    public async Task Write_WhileTheLogIsEmptiedAgainAndAgain_LosesNothing()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        for (int id = 1; id <= 60; id++)
        {
            int number = id;
            await database.WriteAsync(session => RowTable.Insert(session, number, 5_000));
            if (id % 7 == 0) Assert.True(await database.ScrubAsync());
        }

        await RowTable.AssertWholeAsync(file, database, 60);
    }

    private static void InsertMany(SqliteSession session)
    {
        for (int id = 1; id <= RowsThatSpill; id++)
        {
            RowTable.Insert(session, id + 10, 3_000);
        }
    }
}
