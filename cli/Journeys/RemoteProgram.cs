using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.Refusals;
using Loyalty.Functions.Journeys;

namespace Loyalty.Cli.Journeys;

/// <summary>Drafts and journeys of an app that <c>--url</c> names: the same words as of a file, over HTTP.</summary>
internal static class RemoteProgram
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What a draft's folder changes of what is live: path → text; null: the folder has no such file.</summary>
    /// <exception cref="InvalidDataException">A file is no UTF-8.</exception>
    public static async Task<Dictionary<string, string?>> DraftAsync(ProgramApi api, string folder, CancellationToken cancellation)
    {
        var live = await api.GetAsync<ProgramView>("program", cancellation);
        var draft = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (path, bytes) in JourneyOptions.Read(folder))
        {
            var text = Text(path, bytes);
            if (live.Files.GetValueOrDefault(path) != text) draft[path] = text;
        }

        foreach (var path in live.Files.Keys.Where(path => !File.Exists(Path.Combine(folder, path)))) draft[path] = null;
        return draft;
    }

    /// <summary>Publishes, or shows what that would do; then waits until people inside were brought along.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> PublishAsync(ProgramApi api, string route, DraftBody draft, bool asJson, CancellationToken cancellation)
    {
        // An earlier publish of the last minute may still be open: whom it moved is not told again.
        var before = (await api.GetAsync<JourneyView[]>("journeys", cancellation)).Where(static one => one.Edits is { IsRunning: true })
            .ToDictionary(static one => one.Journey, static one => one.Edits!.Counts, StringComparer.Ordinal);
        var outcome = await SendAsync(api, route, draft, cancellation);
        var moved = new List<MovedPeople>();
        if (outcome is PublishOutcome.Published published)
        {
            foreach (var journey in published.Moving)
            {
                if (await MovedAsync(api, journey, published.Preview.People, cancellation) is { } done) moved.Add(done.Since(before.GetValueOrDefault(journey)));
            }
        }

        return await PublishTables.PrintAsync(outcome, moved, asJson);
    }

    /// <summary>Pauses a journey or lets it go on.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> PauseAsync(ProgramApi api, string journey, bool resumes, CancellationToken cancellation)
    {
        await api.PostAsync<JourneyView>($"journeys/{Uri.EscapeDataString(journey)}/{(resumes ? "resume" : "pause")}", body: null, cancellation);
        var done = resumes ? await MovedAsync(api, journey, 1, cancellation) : null;
        await Console.Out.WriteLineAsync(resumes ? $"{journey} goes on.{PublishTables.Rearmed(done?.Counts)}" : $"{journey} is paused.");
        return ExitCodes.Done;
    }

    private static async Task<PublishOutcome> SendAsync(ProgramApi api, string route, DraftBody draft, CancellationToken cancellation)
    {
        var (done, refused) = await api.TryPostAsync<PublishView, PublishProblem>(route, draft, cancellation);
        if (refused is not null)
        {
            var code = Enum.GetValues<RefusalCode>().Single(one => RefusalTable.Name(one) == refused.Code);
            return new PublishOutcome.Refused(code, refused.Detail ?? refused.Title, refused.Preview ?? new PublishPreview());
        }

        return done!.State switch
        {
            "preview" => new PublishOutcome.Previewed(done.Preview),
            "published" => new PublishOutcome.Published(done.Preview, done.Moving),
            _ => new PublishOutcome.Unchanged(done.Preview),
        };
    }

    /// <summary>Watches the app bring people along; it goes on by itself if nobody watches.</summary>
    private static async Task<MovedPeople?> MovedAsync(ProgramApi api, string journey, long people, CancellationToken cancellation)
    {
        EditsView? edits = null;
        await ProgressBar.RunAsync($"people in {journey}", Math.Max(1, people), async step =>
        {
            var shown = 0L;
            while (true)
            {
                edits = (await api.GetAsync<JourneyView>("journeys/" + Uri.EscapeDataString(journey), cancellation)).Edits;
                for (var all = edits is null ? 0 : edits.Counts.Moved + edits.Counts.Ended + edits.Counts.Rearmed; shown < all; shown++) step();
                if (edits is not { IsRunning: true, MovedAt: null }) return;
                await Task.Delay(Pause, cancellation);
            }
        });
        return edits is null ? null : new MovedPeople(journey, edits.Counts, edits.MovedAt is not null);
    }

    private static string Text(string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes.Span[3..] : bytes.Span);
        }
        catch (DecoderFallbackException wrong)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{path}: byte {wrong.Index + 1} is no UTF-8; save the file as UTF-8."), wrong);
        }
    }
}

/// <summary>What was done to the people inside a journey.</summary>
/// <param name="Journey">Its name.</param>
/// <param name="Counts">How many moved, left, stay.</param>
/// <param name="IsDone">Everybody was gone through.</param>
internal sealed record MovedPeople(string Journey, EditCounts Counts, bool IsDone)
{
    /// <summary>Without those whom an earlier publish had moved by then.</summary>
    public MovedPeople Since(EditCounts? before) => before is null ? this : this with { Counts = Counts.Minus(before) };

    public static MovedPeople Of(EditsDocument edits) => new(edits.Journey, edits.Counts, edits.MovedAt is not null);
}
