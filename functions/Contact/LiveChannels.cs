using System.Collections.Concurrent;
using Loyalty.Core.Contact;
using Loyalty.Delivery.Webhooks;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Microsoft.Extensions.Configuration;
using NodaTime;

namespace Loyalty.Functions.Contact;

/// <summary>
/// The webhook channels of the program that counts now, whatever folder the host was started with: one that is published while it runs works at once if its secret is
/// set, and a changed <c>url</c> counts from then on.
/// </summary>
public sealed class LiveChannels(IProgramSource programs, IConfiguration configuration, IClock clock) : IMessageChannels
{
    private readonly ConcurrentDictionary<(string Name, string Url), IMessageChannel> _made = new();
    private readonly ConcurrentDictionary<string, IMessageChannel> _latest = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IMessageChannel? Find(string name)
    {
        // One that was taken away is still asked what became of messages; nothing new goes there, for the program does not name it.
        if (programs.Current.Channels.GetValueOrDefault(name) is not { } rule) return _latest.GetValueOrDefault(name);
        if (_made.TryGetValue((name, rule.Url), out var known)) return _latest[name] = known;
        if (SecretOf(configuration, name) is not { } secret) return null;
        return _latest[name] = _made.GetOrAdd((name, rule.Url), _ => new WebhookChannel(HttpWebhookCaller.MakeClient(), name, rule.Url, secret, clock));
    }

    /// <summary>The setting that has a channel's secret.</summary>
    public static string SettingOf(string channel) => $"Channels__{channel.Replace('-', '_')}__Secret";

    /// <summary>What signs messages of a channel; null: it is missing or no base64.</summary>
    internal static byte[]? SecretOf(IConfiguration configuration, string channel) =>
        HttpWebhookCaller.Key(configuration[SettingOf(channel).Replace("__", ":", StringComparison.Ordinal)]);
}
