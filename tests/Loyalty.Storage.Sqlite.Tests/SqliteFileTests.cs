using Loyalty.Engine.Storage;

namespace Loyalty.Storage.Sqlite.Tests;

public sealed class SqliteFileTests
{
    [Fact]
    public async Task Open_MissingFolder_MakesIt()
    {
        await using var file = new TemporaryFile();
        string path = Path.Combine(Path.GetDirectoryName(file.Path)!, "a", "b", "data.db");
        await using SqliteDatabase database = SqliteDatabase.Open(path);
        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData("a shopping list, not a data file", 1, false)]
    [InlineData("a shopping list, not a data file", 1, true)]
    [InlineData("no", 1, false)]
    [InlineData("no", 1, true)]
    [InlineData("a long list\n", 1_000, false)]
    [InlineData("a long list\n", 1_000, true)]
    public async Task Open_NotSqlite_SaysSoAndLeavesItAlone(string line, int lines, bool readOnly)
    {
        await using var file = new TemporaryFile();
        string text = string.Concat(Enumerable.Repeat(line, lines));
        await File.WriteAllTextAsync(file.Path, text);
        SqliteFileException refused = Assert.Throws<SqliteFileException>(() => file.Open(options => options with { ReadOnly = readOnly }));
        Assert.Contains("not a data file of this program", refused.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(file.Path));
        Assert.Equal([file.Path], Directory.GetFiles(Path.GetDirectoryName(file.Path)!));
    }

    [Fact]
    public async Task Open_SqliteFileOfAnotherProgram_SaysSo()
    {
        await using var file = new TemporaryFile();
        await using (SqliteDatabase ours = file.Open())
        {
            await ours.WriteAsync(session => session.ExecuteScript("PRAGMA application_id = 7"));
        }

        SqliteFileException refused = Assert.Throws<SqliteFileException>(() => file.Open());
        Assert.Contains("another program", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_Folder_SaysSo()
    {
        await using var file = new TemporaryFile();
        Directory.CreateDirectory(file.Path);
        Assert.Contains("folder", Assert.Throws<SqliteFileException>(() => file.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_DamagedPages_AClearErrorAndNoCrash()
    {
        await using var file = new TemporaryFile();
        await using (SqliteDatabase whole = file.Open())
        {
            await whole.EnsureSchemaAsync(new SchemaModule("notes", ["CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT)"]));
            await whole.WriteAsync(session => session.ExecuteScript(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO notes SELECT i, 'note ' || i FROM n"));
        }

        byte[] bytes = await File.ReadAllBytesAsync(file.Path);
        bytes.AsSpan(4096).Fill(0x5A);
        await File.WriteAllBytesAsync(file.Path, bytes);
        StoreUnavailableException damaged = Assert.Throws<StoreUnavailableException>(
            () => file.Open().Read(session => session.QueryInt64("SELECT count(*) FROM notes")));
        Assert.Contains("damaged", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureSchema_Twice_KeepsTheData()
    {
        await using var file = new TemporaryFile();
        var first = new SchemaModule("notes", ["CREATE TABLE notes(id INTEGER PRIMARY KEY)"]);
        await using (SqliteDatabase database = file.Open())
        {
            await database.EnsureSchemaAsync(first);
            await database.EnsureSchemaAsync(first);
            await database.WriteAsync(session => session.ExecuteScript("INSERT INTO notes VALUES(1)"));
        }

        SqliteDatabase again = file.Open();
        await again.EnsureSchemaAsync(first with { Steps = [.. first.Steps, "ALTER TABLE notes ADD COLUMN text TEXT DEFAULT 'x'"] });
        Assert.Equal("x", again.Read(session => session.QueryString("SELECT text FROM notes WHERE id = 1")));
        Assert.Equal(2, again.Read(session => session.QueryInt64("SELECT version FROM schema WHERE component = 'notes'")));
    }

    [Fact]
    public async Task EnsureSchema_NewerFile_IsRefused()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = file.Open();
        await database.EnsureSchemaAsync(new SchemaModule("notes", ["CREATE TABLE notes(id)", "CREATE TABLE more(id)"]));
        SqliteFileException refused = await Assert.ThrowsAsync<SqliteFileException>(
            () => database.EnsureSchemaAsync(new SchemaModule("notes", ["CREATE TABLE notes(id)"])));
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureSchema_StepFails_NothingOfItStays()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = file.Open();
        await Assert.ThrowsAsync<SqliteStatementException>(
            () => database.EnsureSchemaAsync(new SchemaModule("notes", ["CREATE TABLE notes(id); CREATE nonsense"])));
        Assert.Equal(0, database.Read(session => session.QueryInt64("SELECT count(*) FROM sqlite_schema WHERE name = 'notes'")));
    }
}
