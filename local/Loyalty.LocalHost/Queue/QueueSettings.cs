using System.Globalization;
using System.Text.Json;
using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <summary>How messages are received: the section <c>extensions.serviceBus</c> of <c>host.json</c>, with the defaults of the Functions host.</summary>
public sealed record QueueSettings
{
    /// <summary>A message is completed when its handler returns without having settled it. Default true.</summary>
    public bool AutoCompleteMessages { get; init; } = true;

    /// <summary>For how long a lock is renewed while the handler runs. Default 5 min; zero: not at all.</summary>
    public Duration MaxAutoLockRenewalDuration { get; init; } = Duration.FromMinutes(5);

    /// <summary>Messages handled at once of a queue without sessions. Default 16; from 1.</summary>
    public int MaxConcurrentCalls { get; init; } = 16;

    /// <summary>Sessions handled at once. Default 8; from 1.</summary>
    public int MaxConcurrentSessions { get; init; } = 8;

    /// <summary>How long a session without messages is held before its place goes to another. Default 1 min.</summary>
    public Duration SessionIdleTimeout { get; init; } = Duration.FromMinutes(1);

    /// <summary>
    /// Holds the place of an idle session for <see cref="SessionIdleTimeout"/>, as Service Bus does. Default false: a waiting session gets it at once,
    /// since otherwise one machine's throughput is sessions per idle time. Not a setting of <c>host.json</c>.
    /// </summary>
    public bool HoldIdleSessions { get; init; }

    /// <summary>Messages fetched ahead. Default 0. Read for completeness: here all messages are near.</summary>
    public int PrefetchCount { get; init; }

    /// <summary>How the client repeats failed calls to the service. Read for completeness: a call into the same process does not fail in passing.</summary>
    public QueueRetryOptions ClientRetryOptions { get; init; } = new();

    /// <summary>
    /// Reads a whole <c>host.json</c>; what is not there has its default. Throws <see cref="FormatException"/> naming a key whose value is of the
    /// wrong kind or out of range.
    /// </summary>
    public static QueueSettings FromHostJson(JsonElement host)
    {
        var settings = new QueueSettings();
        if (!TryGet(host, "extensions", out JsonElement extensions) || !TryGet(extensions, "serviceBus", out JsonElement bus))
        {
            return settings;
        }

        return new QueueSettings
        {
            AutoCompleteMessages = ReadFlag(bus, "autoCompleteMessages", settings.AutoCompleteMessages),
            MaxAutoLockRenewalDuration = ReadTime(bus, "maxAutoLockRenewalDuration", settings.MaxAutoLockRenewalDuration),
            MaxConcurrentCalls = ReadNumber(bus, "maxConcurrentCalls", settings.MaxConcurrentCalls, 1),
            MaxConcurrentSessions = ReadNumber(bus, "maxConcurrentSessions", settings.MaxConcurrentSessions, 1),
            SessionIdleTimeout = ReadTime(bus, "sessionIdleTimeout", settings.SessionIdleTimeout),
            PrefetchCount = ReadNumber(bus, "prefetchCount", settings.PrefetchCount, 0),
            ClientRetryOptions = ReadRetry(bus, settings.ClientRetryOptions),
        };
    }

    private static QueueRetryOptions ReadRetry(JsonElement bus, QueueRetryOptions defaults)
    {
        if (!TryGet(bus, "clientRetryOptions", out JsonElement retry))
        {
            return defaults;
        }

        return new QueueRetryOptions
        {
            Mode = TryGet(retry, "mode", out JsonElement mode) ? mode.ToString() : defaults.Mode,
            TryTimeout = ReadTime(retry, "tryTimeout", defaults.TryTimeout),
            Delay = ReadTime(retry, "delay", defaults.Delay),
            MaxDelay = ReadTime(retry, "maxDelay", defaults.MaxDelay),
            MaxRetries = ReadNumber(retry, "maxRetries", defaults.MaxRetries, 0),
        };
    }

    /// <summary>Keys of <c>host.json</c> are found whatever their case.</summary>
    private static bool TryGet(JsonElement element, string name, out JsonElement value)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
                {
                    value = property.Value;
                    return value.ValueKind != JsonValueKind.Null;
                }
            }
        }

        value = default;
        return false;
    }

    private static bool ReadFlag(JsonElement element, string name, bool otherwise)
    {
        if (!TryGet(element, name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Fault(name, value, "true or false");
    }

    private static int ReadNumber(JsonElement element, string name, int otherwise, int least)
    {
        if (!TryGet(element, name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least
            ? number
            : throw Fault(name, value, $"a whole number from {least}");
    }

    private static Duration ReadTime(JsonElement element, string name, Duration otherwise)
    {
        if (!TryGet(element, name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.String
            && TimeSpan.TryParseExact(value.GetString(), "c", CultureInfo.InvariantCulture, out TimeSpan time) && time >= TimeSpan.Zero
            ? Duration.FromTimeSpan(time)
            : throw Fault(name, value, "a time such as 00:00:30");
    }

    private static FormatException Fault(string name, JsonElement value, string expected) =>
        new($"host.json: extensions.serviceBus: {name} is {value.GetRawText()}, but {expected} is expected.");
}

/// <summary>The section <c>clientRetryOptions</c>, with the client's defaults.</summary>
public sealed record QueueRetryOptions
{
    /// <summary><c>exponential</c> or <c>fixed</c>.</summary>
    public string Mode { get; init; } = "exponential";

    /// <summary>How long one call may take. Default 1 min.</summary>
    public Duration TryTimeout { get; init; } = Duration.FromMinutes(1);

    /// <summary>The first wait. Default 0.8 s.</summary>
    public Duration Delay { get; init; } = Duration.FromMilliseconds(800);

    /// <summary>The longest wait. Default 1 min.</summary>
    public Duration MaxDelay { get; init; } = Duration.FromMinutes(1);

    /// <summary>How often a call is repeated. Default 3.</summary>
    public int MaxRetries { get; init; } = 3;
}
