using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Connectors.CloudEvents;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.Tests;

public sealed class CloudEventsTests
{
    private static readonly ConnectorSettings Settings = new() { Source = "crm", Shop = "main" };

    [SharedDataFact("cloudevents/conformance/http-protocol-binding.feature")]
    public void Parse_ConformanceFeature_EveryScenarioAndExamplePasses()
    {
        var scenarios = Gherkin.Read(Encoding.UTF8.GetString(RepositoryFiles.Shared("cloudevents/conformance/http-protocol-binding.feature")));

        Assert.Equal(4, scenarios.Count);
        foreach (var scenario in scenarios) Run(scenario);
    }

    private static void Run(Gherkin.Scenario scenario)
    {
        WebhookDelivery? request = null;
        CloudEvent? parsed = null;
        foreach (var step in scenario.Steps)
        {
            switch (step.Text)
            {
                case "an HTTP request": request = Request(step.Doc); break;
                case "parsed as HTTP request": parsed = Assert.Single(CloudEventParser.Parse(request!).Events); break;
                case "the attributes are:":
                    Assert.Equal(
                        step.Table.Skip(1).Select(r => $"{r[0]}={r[1]}").Order(StringComparer.Ordinal),
                        parsed!.Attributes.Select(a => $"{a.Key}={a.Value}").Order(StringComparer.Ordinal));
                    break;
                case "the data is equal to the following JSON:":
                    Assert.True(JsonNode.DeepEquals(JsonNode.Parse(step.Doc), JsonNode.Parse(parsed!.Data!.Value.Span)), scenario.Name);
                    break;
                default: Assert.Fail($"{scenario.Name}: the step '{step.Text}' is not known."); break;
            }
        }

        Assert.IsType<ConnectorAnswer.Accepted>(new CloudEventsConnector().Receive(request!, Settings, Deliveries.Now));
    }

    private static WebhookDelivery Request(string doc)
    {
        var parts = doc.Split("\n\n", 2);
        var lines = parts[0].Split('\n');
        return WebhookDelivery.From(
            lines[0].Split(' ')[0],
            lines.Skip(1).Select(line => line.Split(':', 2)).Select(p => KeyValuePair.Create(p[0], p[1].Trim())),
            Encoding.UTF8.GetBytes(parts[1]));
    }

    [Theory]
    [InlineData("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀")]
    [InlineData("%2541", "%41")]
    [InlineData("100%", "100%")]
    [InlineData("%zz", "%zz")]
    [InlineData("\"a \\\"b\\\" %41\"", "a \"b\" A")]
    [InlineData("plain", "plain")]
    [InlineData("%c3%a9", "é")]
    [InlineData("%C3%28", null)]
    [InlineData("%ED%A0%80", null)]
    [InlineData("%FF", null)]
    [InlineData("%C0%80", null)]
    [InlineData("\"open", null)]
    [InlineData("\"a\" b", null)]
    public void Parse_BinaryHeader_IsUnquotedThenDecodedOnce(string header, string? expected)
    {
        var result = CloudEventParser.Parse(Binary("x", "{}", ("ce-subject", header)));

        if (expected is null) Assert.Equal(RefusalCode.MissingHeader, result.Code);
        else Assert.Equal(expected, result.Events.Single().Subject);
    }

    public static readonly TheoryData<string, string, string> Refusals = new()
    {
        { "application/cloudevents+json", """{"specversion":"1.0","type":"x","source":"s"}""", "invalid-field id: a text was expected." },
        { "application/cloudevents+json", """{"specversion":"0.3","id":"1","type":"x","source":"s"}""", "invalid-field specversion: 1.0 was expected." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"x","source":"s","time":"soon"}""", "invalid-field time: a moment such as 2026-01-31T09:00:00Z was expected." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"x","source":"s","data":1,"data_base64":"AA=="}""", "invalid-field data and data_base64 exclude each other." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"x","source":"s","data_base64":"?"}""", "invalid-field data_base64: base64 was expected." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"x","source":"s","Bad-Name":1}""", "invalid-field Bad-Name: attribute names are a-z and 0-9." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"x","source":"s","ext":{}}""", "invalid-field ext: a text, a number or a boolean was expected." },
        { "application/cloudevents+json", "[", "malformed-body Not JSON at line 1, byte 2." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"tier.changed","source":"s","data":{}}""", "reserved-type data: another type than tier.changed, which only the program tells, was expected." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"order.paid","source":"s","data":{}}""", "invalid-field data.order: an object was expected." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"order.paid","source":"s"}""", "invalid-field data.order: an object was expected." },
        { "application/cloudevents+json", """{"specversion":"1.0","id":"1","type":"x","source":"s","hops":17}""", "causal-loop More than 16 events have caused each other." },
        { "application/cloudevents+xml", "<x/>", "unsupported-media-type application/cloudevents+xml is not supported; send JSON." },
        { "application/cloudevents-batch+xml", "<x/>", "unsupported-media-type application/cloudevents-batch+xml is not supported; send JSON." },
        { "application/json", "{}", "unsupported-media-type Send ce-* headers, application/cloudevents+json or application/cloudevents-batch+json." },
        { "application/cloudevents+json", "[]", "invalid-field the body: an object was expected." },
        { "application/cloudevents-batch+json", "[5]", "invalid-field [0]: an object was expected." },
        { "application/cloudevents-batch+json", "{}", "invalid-field the body: an array was expected." },
        { "application/cloudevents-batch+json", """[{"specversion":"1.0","id":"1","type":"x","source":"s"},{"specversion":"1.0","id":"2","type":"x"}]""", "invalid-field [1].source: a text was expected." },
        { "application/cloudevents-batch+json", """[{"specversion":"1.0","id":"1","type":"x","source":"s"},{"specversion":"1.0","id":"2","type":"cart.updated","source":"s"}]""", "invalid-field [1] data.cart: an object was expected." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Receive_BadEvent_IsRefusedWithAReason(string contentType, string body, string expected)
    {
        var answer = new CloudEventsConnector().Receive(Post(contentType, body), Settings, Deliveries.Now);

        Assert.Equal("refused " + expected, ShopifyRealPayloadTests.Describe(answer));
    }

    [Fact]
    public void Receive_TooLargeAndTooMany_AreRefused()
    {
        var one = """{"specversion":"1.0","id":"1","type":"x","source":"s"}""";
        Assert.Equal(413, new CloudEventsConnector().Receive(Post("application/cloudevents+json", new string(' ', 1024 * 1024 + 1)), Settings, Deliveries.Now).Status);
        Assert.Equal(422, new CloudEventsConnector().Receive(Post("application/cloudevents-batch+json", $"[{string.Join(',', Enumerable.Repeat(one, 101))}]"), Settings, Deliveries.Now).Status);
        Assert.Equal(200, new CloudEventsConnector().Receive(Post("application/cloudevents-batch+json", "[]"), Settings, Deliveries.Now).Status);
        Assert.Equal(405, new CloudEventsConnector().Receive(Post("application/cloudevents-batch+json", "[]") with { Method = "PUT" }, Settings, Deliveries.Now).Status);
    }

    [Fact]
    public void Receive_ForeignType_BecomesFacts()
    {
        var e = Accept(Binary("com.example.Quiz", """
            {"quizId":7,"passed":true,"score":12.50,"title":"Tea","tags":["a","b"],"mixed":[1,"a"],"about":{"orderId":"o1"},"when":{"at":"2026-01-01T00:00:00Z"},
             "until":{"day":"2026-02-01"},"prize":{"minor":500,"currency":"EUR"},"nothing":null,"customer":{"email":"A@x.org"}}
            """)).Events.Single();
        var facts = ((EventData.Facts)e.Data).Values;

        Assert.Equal("com.example.Quiz", e.Type);
        Assert.Equal(["email:a@x.org"], e.Identifiers.Select(i => i.Value));
        Assert.Equal(
            ["about.order-id", "passed", "prize", "quiz-id", "score", "tags", "title", "until", "when"],
            facts.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(12.50m, Assert.IsType<AttributeValue.Number>(facts["score"]).Value);
        Assert.Equal(new AttributeValue.Money(500, "EUR"), facts["prize"]);
        Assert.Equal(new AttributeValue.Moment(Instant.FromUtc(2026, 1, 1, 0, 0)), facts["when"]);
        Assert.Equal(new AttributeValue.Day(new LocalDate(2026, 2, 1)), facts["until"]);
    }

    [Theory]
    [InlineData("text/plain; charset=utf-8", "Hello, 🌎!", "Hello, 🌎!")]
    [InlineData("application/xml", "<msg>Hello</msg>", "<msg>Hello</msg>")]
    [InlineData("application/json", "\"Hello\"", "Hello")]
    [InlineData("application/vnd.x+json", "\"Hello\"", "Hello")]
    public void Receive_DataThatIsNoObject_IsOneFact(string contentType, string body, string expected)
    {
        var e = Accept(Binary("x", body, ("content-type", contentType))).Events.Single();

        Assert.Equal<AttributeValue>(expected, ((EventData.Facts)e.Data).Values["data"]);
    }

    [Theory]
    [InlineData("id:c1", "id:c1")]
    [InlineData("email:Bob@X.org", "email:bob@x.org")]
    [InlineData("shopify:tea.myshopify.com:5", "shopify:tea.myshopify.com:5")]
    [InlineData("https://example.com/x:1:2", null)]
    [InlineData("a blob", null)]
    [InlineData("email:nobody", null)]
    public void Receive_Subject_NamesThePersonOrNobody(string subject, string? identifier)
    {
        var e = Accept(Binary("x", "{}", ("ce-subject", Uri.EscapeDataString(subject)))).Events.Single();

        Assert.Equal(identifier is null ? [] : [identifier], e.Identifiers.Select(i => i.Value));
    }

    [Fact]
    public void Receive_Batch_IsTakenInOrderWithOneKeyPerSet()
    {
        static string Batch(string second) => $$"""[{"specversion":"1.0","id":"1","type":"x","source":"s"},{"specversion":"1.0","id":"{{second}}","type":"y","source":"s"}]""";
        var first = Accept(Post("application/cloudevents-batch+json; charset=utf-8", Batch("2")));

        Assert.Equal(["1", "2"], first.Events.Select(e => e.Id));
        Assert.Equal(first.DeliveryKey, Accept(Post("application/cloudevents-batch+json", Batch("2"))).DeliveryKey);
        Assert.NotEqual(first.DeliveryKey, Accept(Post("application/cloudevents-batch+json", Batch("3"))).DeliveryKey);
    }

    private static ConnectorAnswer.Accepted Accept(WebhookDelivery delivery) =>
        Assert.IsType<ConnectorAnswer.Accepted>(new CloudEventsConnector().Receive(delivery, Settings, Deliveries.Now));

    private static WebhookDelivery Post(string contentType, string body) =>
        WebhookDelivery.From("POST", [KeyValuePair.Create("Content-Type", contentType)], Encoding.UTF8.GetBytes(body));

    private static WebhookDelivery Binary(string type, string body, params (string Name, string Value)[] more)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["content-type"] = "application/json",
            ["ce-specversion"] = "1.0",
            ["ce-id"] = "1",
            ["ce-source"] = "s",
            ["ce-type"] = type,
            ["host"] = "x",
        };
        foreach (var (name, value) in more) headers[name] = value;
        return WebhookDelivery.From("POST", headers, Encoding.UTF8.GetBytes(body));
    }
}
