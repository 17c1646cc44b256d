using System.Globalization;
using System.Text;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Sqlite.Documents;

namespace Loyalty.Storage.Sqlite.Crash;

/// <summary>Writes for ever, and goes on where the disk refuses: tells each document that was kept, and each that was not.</summary>
internal static class Enduring
{
    /// <summary>So much makes the log grow soon, bytes.</summary>
    private const int BodyBytes = 3_000;

    public static async Task RunAsync(string file, int writers)
    {
        await using var database = SqliteDatabase.Open(file);
        var store = await SqliteDocumentStore.OpenAsync(database, new FixedClock());
        var body = Encoding.UTF8.GetBytes('"' + new string('x', BodyBytes) + '"');
        var gate = new Lock();
        using var output = Console.OpenStandardOutput();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var turn = 0; ; turn++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"d-{writer}-{turn:000000}");
                Tell(await WriteAsync(id) ? $"kept {id}\n" : $"refused {id}\n");
            }
        })));

        async Task<bool> WriteAsync(string id)
        {
            try
            {
                return (await store.CommitAsync("crash", [new DocumentWrite.Create(id, "crash", body), new DocumentWrite.Create(id + "-twin", "crash", body)])).IsCommitted;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        }

        void Tell(string line)
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            lock (gate) output.Write(bytes);
        }
    }
}
