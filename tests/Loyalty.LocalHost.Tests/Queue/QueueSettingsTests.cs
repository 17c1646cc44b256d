using System.Text.Json;
using Loyalty.LocalHost.Queue;
using NodaTime;

namespace Loyalty.LocalHost.Tests.Queue;

public sealed class QueueSettingsTests
{
    [Theory]
    [InlineData("""{ "version": "2.0" }""")]
    [InlineData("""{ "version": "2.0", "extensions": {} }""")]
    [InlineData("""{ "extensions": { "serviceBus": {} } }""")]
    [InlineData("""{ "extensions": { "serviceBus": null } }""")]
    public void FromHostJson_NothingSet_DefaultsOfTheFunctionsHost(string json)
    {
        QueueSettings settings = Read(json);
        Assert.Equal(new QueueSettings(), settings);
        Assert.True(settings.AutoCompleteMessages);
        Assert.Equal((16, 8, Duration.FromMinutes(5)), (settings.MaxConcurrentCalls, settings.MaxConcurrentSessions, settings.MaxAutoLockRenewalDuration));
    }

    [Fact]
    public void FromHostJson_EverythingSet_IsRead()
    {
        QueueSettings settings = Read("""
            {
              "version": "2.0",
              "extensions": {
                "serviceBus": {
                  "autoCompleteMessages": false,
                  "maxAutoLockRenewalDuration": "00:10:00",
                  "maxConcurrentCalls": 3,
                  "maxConcurrentSessions": 128,
                  "sessionIdleTimeout": "00:00:01",
                  "prefetchCount": 10,
                  "transportType": "amqpWebSockets",
                  "clientRetryOptions": { "mode": "fixed", "tryTimeout": "00:00:30", "delay": "00:00:00.80", "maxDelay": "00:00:20", "maxRetries": 5 }
                }
              }
            }
            """);
        Assert.Equal(
            new QueueSettings
            {
                AutoCompleteMessages = false,
                MaxAutoLockRenewalDuration = Duration.FromMinutes(10),
                MaxConcurrentCalls = 3,
                MaxConcurrentSessions = 128,
                SessionIdleTimeout = Duration.FromSeconds(1),
                PrefetchCount = 10,
                ClientRetryOptions = new QueueRetryOptions
                {
                    Mode = "fixed",
                    TryTimeout = Duration.FromSeconds(30),
                    Delay = Duration.FromMilliseconds(800),
                    MaxDelay = Duration.FromSeconds(20),
                    MaxRetries = 5,
                },
            },
            settings);
    }

    [Theory]
    [InlineData("""{"Extensions":{"ServiceBus":{"MaxConcurrentSessions":5}}}""", 5)]
    [InlineData("""{"extensions":{"servicebus":{"maxconcurrentsessions":6}}}""", 6)]
    public void FromHostJson_OtherCase_IsReadToo(string json, int expected) => Assert.Equal(expected, Read(json).MaxConcurrentSessions);

    [Theory]
    [InlineData("\"maxConcurrentSessions\": 0", "maxConcurrentSessions is 0, but a whole number from 1 is expected")]
    [InlineData("\"maxConcurrentCalls\": \"16\"", "maxConcurrentCalls is \"16\"")]
    [InlineData("\"autoCompleteMessages\": \"yes\"", "autoCompleteMessages is \"yes\", but true or false is expected")]
    [InlineData("\"sessionIdleTimeout\": 5", "sessionIdleTimeout is 5, but a time such as 00:00:30 is expected")]
    [InlineData("\"sessionIdleTimeout\": \"-00:00:01\"", "sessionIdleTimeout")]
    [InlineData("\"maxAutoLockRenewalDuration\": \"soon\"", "maxAutoLockRenewalDuration is \"soon\"")]
    [InlineData("\"clientRetryOptions\": { \"maxRetries\": -1 }", "maxRetries is -1")]
    public void FromHostJson_BadValue_NamesKeyAndExpectation(string setting, string message)
    {
        FormatException fault = Assert.Throws<FormatException>(() => Read("{\"extensions\":{\"serviceBus\":{" + setting + "}}}"));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    private static QueueSettings Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return QueueSettings.FromHostJson(document.RootElement);
    }
}
