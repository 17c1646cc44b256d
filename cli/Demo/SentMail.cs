using System.Globalization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using NodaTime;

namespace Loyalty.Cli.Demo;

/// <summary>A mail as its reader has it.</summary>
/// <param name="Id">The file's name.</param>
/// <param name="Template">What it is.</param>
/// <param name="To">The address.</param>
/// <param name="At">When it went out.</param>
internal sealed record SentMail(string Id, string Template, string To, Instant At)
{
    /// <summary>The reader's local day.</summary>
    public LocalDate SentOn(DateTimeZone zone) => At.InZone(zone).Date;

    /// <summary>Every mail in an outbox folder.</summary>
    public static IEnumerable<SentMail> In(string folder)
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (var path in Directory.EnumerateFiles(folder, "*.eml"))
        {
            if (Read(path) is { } mail) yield return mail;
        }
    }

    private static SentMail? Read(string path)
    {
        string? template = null, to = null;
        Instant? at = null;
        foreach (var line in Headers(path))
        {
            if (Value(line, MessageHeaders.Template) is { } named) template = named;
            else if (Value(line, "To") is { } address) to = address[(address.LastIndexOf('<') + 1)..].TrimEnd('>');
            else if (Value(line, "Date") is { } date && DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, out var moment))
                at = Instant.FromDateTimeOffset(moment);
        }

        return template is null || to is null || at is null ? null : new SentMail(Path.GetFileName(path), template, to, at.Value);
    }

    /// <summary>A header each; one that goes on in the next line (RFC 5322, 2.2.3) is put together again.</summary>
    private static IEnumerable<string> Headers(string path)
    {
        var header = "";
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length == 0) break;
            if (line[0] is ' ' or '\t')
            {
                header += line;
                continue;
            }

            yield return header;
            header = line;
        }

        yield return header;
    }

    private static string? Value(string line, string header) =>
        line.StartsWith(header + ":", StringComparison.OrdinalIgnoreCase) ? line[(header.Length + 1)..].Trim() : null;
}

/// <summary>The outbox, watched by the demo's people: each mail that goes out is read.</summary>
internal sealed class WatchedOutbox(IMessageChannel outbox, Action<SentMail> read) : IMessageChannel
{
    public async Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default)
    {
        var answer = await outbox.SendAsync(message, operationId, cancellation);
        if (answer is HandOver.Accepted accepted && message.Headers.TryGetValue(MessageHeaders.Template, out var template))
        {
            read(new SentMail(accepted.ProviderId, template, message.To, message.At));
        }

        return answer;
    }

    public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => outbox.LookUpAsync(operationId, cancellation);
}
