using System.Text;
using Loyalty.Connectors.EventGrid;
using Loyalty.Core;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Connectors.Tests;

/// <summary>What Azure Communication Email reports, in both schemas of Event Grid.</summary>
public sealed class EventGridTests
{
    private const string Secret = "the-subscription's-secret";
    private const string MessageId = "5f2b8a10-6c1d-8e3f-9a4b-0123456789ab";
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 2, 9, 0);
    private static readonly EventGridConnector Connector = new();
    private static readonly ConnectorSettings Settings = new() { Secrets = ["an-older-secret-of-it", Secret] };

    [Theory]
    [InlineData("Delivered", "message.delivered", null)]
    [InlineData("Bounced", "message.bounced", "hard")]
    [InlineData("Suppressed", "message.bounced", "hard")]
    [InlineData("Failed", "message.bounced", "soft")]
    [InlineData("FilteredSpam", "message.bounced", "soft")]
    [InlineData("Quarantined", "message.bounced", "soft")]
    public void Receive_DeliveryReport_IsTheSameInBothSchemas(string status, string type, string? kind)
    {
        var data = $$"""
            { "sender": "shop@mail.example", "recipient": "Ann@Example.com", "messageId": "{{MessageId.ToUpperInvariant()}}", "status": "{{status}}",
              "deliveryStatusDetails": { "statusMessage": "as told" }, "deliveryAttemptTimeStamp": "2026-03-02T08:59:00.5+00:00" }
            """;
        foreach (var answer in new[] { Grid("Microsoft.Communication.EmailDeliveryReportReceived", data), Clouds("Microsoft.Communication.EmailDeliveryReportReceived", data) })
        {
            var e = Assert.Single(Assert.IsType<ConnectorAnswer.Accepted>(answer).Events);
            Assert.Equal((type, "e1", "email:ann@example.com"), (e.Type, e.Id, Assert.Single(e.Identifiers).Value));
            Assert.Equal(Instant.FromUtc(2026, 3, 2, 8, 59) + Duration.FromMilliseconds(500), e.Time);
            Assert.Equal(MessageId, Fact(e, "provider-id"));
            Assert.Equal(kind, Fact(e, "kind"));
            Assert.Equal("as told", Fact(e, "detail"));
        }
    }

    [Theory]
    [InlineData("view", "message.opened")]
    [InlineData("click", "message.clicked")]
    public void Receive_EngagementWithoutARecipient_NamesTheMessageOnly(string engagement, string type)
    {
        var data = $$"""
            { "sender": "shop@mail.example", "messageId": "{{MessageId}}", "userActionTimeStamp": "2026-03-02T08:59:00Z", "engagementContext": "https://shop.example/tea",
              "userAgent": "Mozilla/5.0 (X11)", "engagementType": "{{engagement}}" }
            """;
        var e = Assert.Single(Assert.IsType<ConnectorAnswer.Accepted>(Clouds("Microsoft.Communication.EmailEngagementTrackingReportReceived", data)).Events);
        Assert.Equal(type, e.Type);
        Assert.Empty(e.Identifiers);
        Assert.Equal((MessageId, "Mozilla/5.0 (X11)", "https://shop.example/tea"), (Fact(e, "provider-id"), Fact(e, "user-agent"), Fact(e, "link")));
    }

    [Theory]
    [InlineData("Microsoft.Communication.SMSReceived", "{}")]
    [InlineData("Microsoft.Communication.EmailDeliveryReportReceived", """{ "messageId": "m", "recipient": "a@b.example", "status": "Expanded" }""")]
    [InlineData("Microsoft.Communication.EmailEngagementTrackingReportReceived", """{ "messageId": "m", "engagementType": "printed" }""")]
    public void Receive_WhatIsNotKnown_IsCountedAndNothingElse(string type, string data)
    {
        Assert.Equal("unknown-topic", Assert.IsType<ConnectorAnswer.Nothing>(Grid(type, data)).Reason);
        Assert.Equal("unknown-topic", Assert.IsType<ConnectorAnswer.Nothing>(Clouds(type, data)).Reason);
    }

    [Theory]
    [InlineData("""{ "recipient": "a@b.example", "status": "Delivered" }""")]
    [InlineData("""{ "messageId": "m", "recipient": "a@b.example" }""")]
    [InlineData("null")]
    [InlineData("7")]
    public void Receive_ReportWithoutMessageOrStatus_IsRefused(string data) =>
        Assert.Equal(RefusalCode.InvalidField, Assert.IsType<ConnectorAnswer.Refused>(Grid("Microsoft.Communication.EmailDeliveryReportReceived", data)).Code);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another-secret")]
    public void Receive_WithoutTheSecret_IsRefusedUnread(string? secret)
    {
        var answer = Connector.Receive(Delivery("this is no JSON", "application/json", secret), Settings, Now);
        Assert.Equal(RefusalCode.BadSignature, Assert.IsType<ConnectorAnswer.Refused>(answer).Code);
    }

    [Fact]
    public void Receive_NoSecretIsSet_EverybodyIsRefused() =>
        Assert.Equal(
            RefusalCode.BadSignature, Assert.IsType<ConnectorAnswer.Refused>(Connector.Receive(Delivery("[]", "application/json", Secret), new ConnectorSettings(), Now)).Code);

    [Theory]
    [InlineData("{}", "application/json", RefusalCode.MalformedBody)]
    [InlineData("[1]", "application/json", RefusalCode.InvalidField)]
    [InlineData("""[{ "id": "1" }]""", "application/json", RefusalCode.InvalidField)]
    [InlineData("[", "application/json", RefusalCode.MalformedBody)]
    [InlineData("[]", "text/plain", RefusalCode.UnsupportedMediaType)]
    public void Receive_NoListOfEvents_IsRefused(string body, string type, RefusalCode code) =>
        Assert.Equal(code, Assert.IsType<ConnectorAnswer.Refused>(Connector.Receive(Delivery(body, type, Secret), Settings, Now)).Code);

    [Fact]
    public void Receive_Batch_EveryEventInItsOrder()
    {
        var data = $$"""{ "recipient": "a@b.example", "messageId": "{{MessageId}}", "status": "Delivered" }""";
        var events = Enumerable.Range(0, 50).Select(i => Cloud($"e{i}", "Microsoft.Communication.EmailDeliveryReportReceived", data));
        var answer = Connector.Receive(Delivery($"[{string.Join(',', events)}]", "application/cloudevents-batch+json; charset=utf-8", Secret), Settings, Now);
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => $"e{i}"), Assert.IsType<ConnectorAnswer.Accepted>(answer).Events.Select(static e => e.Id));
    }

    [Fact]
    public void ValidationCode_OfTheHandshake_IsTheCode_AndOfNothingElse()
    {
        const string Body = """[{ "id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": { "validationCode": "512d38b6-c7b8", "validationUrl": "https://x" } }]""";
        Assert.Equal("512d38b6-c7b8", EventGridConnector.ValidationCode(Delivery(Body, "application/json", null, "SubscriptionValidation"), Settings));
        Assert.Null(EventGridConnector.ValidationCode(Delivery(Body, "application/json", null, "Notification"), Settings));
        Assert.Null(EventGridConnector.ValidationCode(Delivery(Body.Replace("512d38b6-c7b8", "<b>", StringComparison.Ordinal), "application/json", null, "SubscriptionValidation"), Settings));
        Assert.Null(EventGridConnector.ValidationCode(Delivery("[]", "application/json", null, "SubscriptionValidation"), Settings));
        Assert.Null(EventGridConnector.ValidationCode(Delivery("[7]", "application/json", null, "SubscriptionValidation"), Settings));
        Assert.Null(EventGridConnector.ValidationCode(Delivery("{", "application/json", null, "SubscriptionValidation"), Settings));
    }

    private static string? Fact(CanonicalEvent e, string name) =>
        ((EventData.Facts)e.Data).Values.GetValueOrDefault(name) is AttributeValue.Text text ? text.Value : null;

    private static ConnectorAnswer Grid(string type, string data) => Connector.Receive(
        Delivery($$"""[{ "id": "e1", "topic": "/t", "subject": "s", "eventType": "{{type}}", "eventTime": "2026-03-02T09:00:00Z", "data": {{data}} }]""", "application/json; charset=utf-8", Secret, "Notification"),
        Settings,
        Now);

    private static ConnectorAnswer Clouds(string type, string data) =>
        Connector.Receive(Delivery(Cloud("e1", type, data), "application/cloudevents+json", Secret), Settings, Now);

    private static string Cloud(string id, string type, string data) =>
        $$"""{ "id": "{{id}}", "source": "/t", "subject": "s", "type": "{{type}}", "time": "2026-03-02T09:00:00Z", "specversion": "1.0", "data": {{data}} }""";

    private static WebhookDelivery Delivery(string body, string contentType, string? secret, string? kind = null)
    {
        var headers = new Dictionary<string, string> { ["content-type"] = contentType };
        if (secret is not null) headers["x-loyalty-secret"] = secret;
        if (kind is not null) headers["aeg-event-type"] = kind;
        return WebhookDelivery.From("POST", headers, Encoding.UTF8.GetBytes(body));
    }
}
