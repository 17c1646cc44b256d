using System.Globalization;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Crash;
using Loyalty.Storage.Sqlite.Documents;

// The child of the crash tests: owns the file and writes for ever, printing each document's id after its commit was acknowledged.
// Arguments: FILE WRITERS NAME. The test kills it. Or: redeem FILE NAME TIMES POINTS. Or: give FILE NAME TIMES STOCK. Or: budget FILE NAME TIMES.
// Or: endure FILE WRITERS.
if (args[0] == "give")
{
    await CodeGiver.RunAsync(args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture));
    return 0;
}

if (args[0] == "budget")
{
    await BudgetTaker.RunAsync(args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture));
    return 0;
}

if (args[0] == "redeem")
{
    await Redeemer.RunAsync(args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture), long.Parse(args[4], CultureInfo.InvariantCulture));
    return 0;
}

if (args[0] == "endure")
{
    await Enduring.RunAsync(args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
    return 0;
}

string name = args[2];
int writers = int.Parse(args[1], CultureInfo.InvariantCulture);
await using SqliteDatabase database = SqliteDatabase.Open(args[0]);
SqliteDocumentStore store = await SqliteDocumentStore.OpenAsync(database, new FixedClock());
OwnershipAnswer ownership = await database.TryAcquireOwnershipAsync(name);
if (ownership is OwnershipAnswer.Held held)
{
    Console.WriteLine(held.By);
    return 1;
}

var gate = new Lock();
using Stream output = Console.OpenStandardOutput();
await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriteForEver(writer))));
return 0;

async Task WriteForEver(int writer)
{
    for (int turn = 0; ; turn++)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{name}-{writer}-{turn:000000}");
        byte[] body = System.Text.Encoding.UTF8.GetBytes($$"""{"id":"{{id}}"}""");
        BatchOutcome outcome = await store.CommitAsync(
            "crash", [new DocumentWrite.Create(id, "crash", body), new DocumentWrite.Create(id + "-twin", "crash", body)]);
        if (!outcome.IsCommitted)
        {
            throw new InvalidOperationException($"{id}: {outcome}");
        }

        byte[] line = System.Text.Encoding.UTF8.GetBytes(id + "\n");
        lock (gate)
        {
            output.Write(line);
        }
    }
}
