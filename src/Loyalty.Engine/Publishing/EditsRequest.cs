using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>Asks for something to be done to the people inside a journey, in the batch of what made it necessary.</summary>
internal static class EditsRequest
{
    public static async Task PutAsync(
        PartitionSession session, string journey, Func<EditsDocument, EditsDocument> add, Instant now, RunProtocolSettings settings, CancellationToken cancellation)
    {
        var before = await session.ReadAsync<EditsDocument>(Definitions.EditsId(journey), cancellation) ?? new EditsDocument { Journey = journey };
        // What an earlier publish asked for and is not through goes on in the same passes, before the new.
        var asked = before.IsRunning ? before : before with { Edits = [], Rearms = false, Counts = new EditCounts() };
        var next = add(asked) with
        {
            Gen = before.Gen + 1,
            IsRunning = true,
            ChangedAt = now,
            Pass = 1,
            PassStartedAt = now,
            PassChanged = 0,
            PassFailed = 0,
            Cursors = Definitions.NoHashes,
            MovedAt = null,
        };
        session.Put(Definitions.EditsId(journey), Kinds.Edits, next, now + settings.WakeSlack);
    }
}
