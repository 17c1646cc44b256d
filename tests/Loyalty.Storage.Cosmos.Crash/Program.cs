using System.Globalization;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Cosmos;
using NodaTime;

// The child of the crash tests: writes for ever through the adapter, printing each document's id after its commit was acknowledged.
// Arguments: FILE WRITERS NAME. The test kills it.
string name = args[2];
using var gateway = await GatewayAccount.OpenAsync(args[0], SystemClock.Instance.GetCurrentInstant);
var store = new CosmosDocumentStore(gateway.CreateClient(), SystemClock.Instance);
var gate = new Lock();
using Stream output = Console.OpenStandardOutput();
int writers = int.Parse(args[1], CultureInfo.InvariantCulture);
await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriteForEver(writer))));
return 0;

async Task WriteForEver(int writer)
{
    for (int turn = 0; ; turn++)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{name}-{writer}-{turn:000000}");
        byte[] body = System.Text.Encoding.UTF8.GetBytes($$"""{"id":"{{id}}"}""");
        var outcome = await store.CommitAsync(
            "crash", [new DocumentWrite.Create(id, "crash", body), new DocumentWrite.Create(id + "-twin", "crash", body)]);
        if (!outcome.IsCommitted) throw new InvalidOperationException($"{id}: {outcome}");
        byte[] line = System.Text.Encoding.UTF8.GetBytes(id + "\n");
        lock (gate) output.Write(line);
    }
}
