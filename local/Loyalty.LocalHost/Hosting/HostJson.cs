using System.Text.Json;
using Loyalty.LocalHost.Queue;
using Microsoft.Extensions.Configuration;

namespace Loyalty.LocalHost.Hosting;

/// <summary>What the host reads from <c>host.json</c>: the same file that is deployed.</summary>
/// <param name="RoutePrefix"><c>extensions.http.routePrefix</c>; default <c>api</c>.</param>
/// <param name="Queues"><c>extensions.serviceBus</c>.</param>
internal sealed record HostJson(string RoutePrefix, QueueSettings Queues)
{
    private static readonly JsonDocumentOptions Lenient =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="HostStartException">The file is missing or wrong.</exception>
    public static HostJson Read(string? path)
    {
        if (path is null) return new HostJson("api", new QueueSettings());
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("version", out var version)
                || version.GetString() != "2.0")
                throw new FormatException("it must be an object with \"version\": \"2.0\"");
            var prefix = root.TryGetProperty("extensions", out var extensions)
                && extensions.TryGetProperty("http", out var http)
                && http.TryGetProperty("routePrefix", out var value) ? value.GetString()! : "api";
            return new HostJson(prefix.Trim('/'), QueueSettings.FromHostJson(root));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HostStartException(
                $"'{path}' cannot be read: {exception.Message} Give the path of the app's host.json.", exception);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            throw new HostStartException($"'{path}' is not a valid host.json: {exception.Message}", exception);
        }
    }

    /// <summary>Replaces <c>%Setting%</c> by the setting.</summary>
    /// <exception cref="HostStartException">There is no such setting.</exception>
    public static string Resolve(string text, IConfiguration configuration, string function)
    {
        while (text.IndexOf('%', StringComparison.Ordinal) is >= 0 and var start
            && text.IndexOf('%', start + 1) is > 0 and var end)
        {
            var name = text[(start + 1)..end];
            var value = configuration[name.Replace("__", ":", StringComparison.Ordinal)]
                ?? throw new HostStartException(
                    $"Function '{function}' uses the setting '{name}' (%{name}%), which is not set.");
            text = text[..start] + value + text[(end + 1)..];
        }

        return text;
    }
}
