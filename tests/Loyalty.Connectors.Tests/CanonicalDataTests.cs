using System.Text.RegularExpressions;
using Loyalty.Connectors.Standard;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Refusals;
using NodaTime;
using static Loyalty.Connectors.Tests.Deliveries;

namespace Loyalty.Connectors.Tests;

/// <summary>The program's own data schema, as Standard Webhooks carry it.</summary>
public sealed partial class CanonicalDataTests
{
    [Fact]
    public void Receive_EveryExampleOfTheReference_IsAccepted()
    {
        var page = File.ReadAllText(SourceTree.File("docs", "reference", "events.md"));
        var examples = JsonBlock().Matches(page).Select(m => m.Groups["json"].Value).Where(json => json.Contains("\"type\"", StringComparison.Ordinal)).ToList();

        Assert.True(examples.Count >= 6, "The reference has examples of order, refund, person, cart, facts and a batch.");
        foreach (var example in examples)
            Assert.True(ReceiveStandard(example) is ConnectorAnswer.Accepted, ShopifyRealPayloadTests.Describe(ReceiveStandard(example)) + "\n" + example);
    }

    [Fact]
    public void Receive_Order_IsMappedFieldByField()
    {
        var answer = ReceiveStandard("""
            {"type":"order.paid","timestamp":"2026-02-01T10:00:00Z","data":{"customer":{"externalId":"5","email":"a@x.org"},
             "order":{"id":"1001","currency":"EUR","payment":"paid","paidAt":"2026-02-01T09:59:00Z","taxesIncluded":true,"lines":[{"id":"1","sku":"CUP","quantity":2,"netMinor":1450,"taxMinor":241}],
             "refunds":[{"id":"r1","at":"2026-02-02T00:00:00Z","lines":[{"lineId":"1","quantity":1,"netMinor":725}]}]}}}
            """);
        var e = Assert.Single(Assert.IsType<ConnectorAnswer.Accepted>(answer).Events);
        var order = ((EventData.Order)e.Data).Snapshot;

        Assert.Equal(("msg_1", "erp", "order.paid", Instant.FromUtc(2026, 2, 1, 10, 0)), (e.Id, e.Source, e.Type, e.Time));
        Assert.Equal(["erp:main:5", "email:a@x.org"], e.Identifiers.Select(i => i.Value));
        Assert.Equal(("erp:main:1001", "EUR", PaymentStatus.Paid, true), (order.OrderId, order.Currency, order.Payment, order.TaxesIncluded));
        Assert.Equal(new OrderLine { LineId = "1", Sku = "CUP", Quantity = 2, NetMinor = 1450, TaxMinor = 241 }, order.Lines.Single());
        Assert.Equal(new RefundLine("1", 1, 725), order.Refunds.Single().Lines.Single());
        Assert.Equal(Instant.FromUtc(2026, 2, 1, 10, 0), order.PlacedAt);
    }

    [Fact]
    public void Receive_GlobalIds_StayAsTheyAre()
    {
        var answer = (ConnectorAnswer.Accepted)ReceiveStandard("""
            {"type":"order.refunded","data":{"customer":{"externalId":"shopify:tea.myshopify.com:5"},"refund":{"orderId":"shopify:tea.myshopify.com:1","id":"9"}}}
            """);

        Assert.Equal("shopify:tea.myshopify.com:1", ((EventData.Refund)answer.Events[0].Data).OrderId);
        Assert.Equal("shopify:tea.myshopify.com:5", answer.Events[0].Identifiers.Single().Value);
        Assert.Equal(Now, answer.Events[0].Time);
    }

    [Fact]
    public void Receive_Feedback_IsFacts()
    {
        var answer = (ConnectorAnswer.Accepted)ReceiveStandard("""
            {"type":"feedback.given","timestamp":"2026-02-01T10:00:00Z","data":{"customer":{"email":"a@x.org"},"kind":"reason","reason":"price","rating":4}}
            """);
        var facts = ((EventData.Facts)answer.Events[0].Data).Values;

        Assert.Equal<AttributeValue>("price", facts["reason"]);
        Assert.Equal<AttributeValue>(4L, facts["rating"]);
        Assert.Equal(3, facts.Count);
    }

    [Fact]
    public void Receive_Array_IsSeveralEventsWithIdsOfTheirOwn()
    {
        var answer = (ConnectorAnswer.Accepted)ReceiveStandard("""[{"type":"a","data":{}},{"type":"b","data":{}}]""");

        Assert.Equal(["msg_1#0", "msg_1#1"], answer.Events.Select(e => e.Id));
        Assert.Equal("erp:msg_1", answer.DeliveryKey);
    }

    public static readonly TheoryData<string, string> Refusals = new()
    {
        { "{}", "invalid-field type: a text was expected." },
        { "5", "invalid-field the body: an object was expected." },
        { "[]", "too-many-items 1 to 100 events at once." },
        { """{"type":"a","timestamp":5,"data":{}}""", "invalid-field timestamp: a moment such as 2026-01-31T09:00:00Z was expected." },
        { """{"type":"order.paid","data":{"order":{"id":"1","currency":"EUR"}}}""", "invalid-field data.order.lines: an array was expected." },
        { """{"type":"order.paid","data":{"order":{"id":"1","currency":"eur","lines":[]}}}""", "invalid-field data.order.currency: a currency of ISO 4217 in upper case was expected." },
        { """{"type":"order.paid","data":{"order":{"id":"1","currency":"EUR","lines":[{"id":"1","netMinor":12.5}]}}}""", "invalid-field data.order.lines[0].netMinor: a whole number was expected." },
        { """{"type":"order.paid","data":{"order":{"id":"1","currency":"EUR","lines":[{"id":"1","netMinor":-1}]}}}""", "invalid-field data.order.lines[0].netMinor: a whole number of minor units, 0 or more, was expected." },
        { """{"type":"order.paid","data":{"order":{"id":"1","currency":"EUR","lines":[{"id":"1"}]}}}""", "invalid-field data.order.lines[0].netMinor: a whole number of minor units was expected." },
        { """{"type":"order.paid","data":{"order":{"id":"1","currency":"EUR","payment":"yes","lines":[]}}}""", "invalid-field data.order.payment: pending, authorized, partially-paid, paid, partially-refunded, refunded or voided was expected." },
        { """{"type":"customer.updated","data":{"customer":{"email":"nope"}}}""", "invalid-field data.customer.email: an e-mail address was expected." },
        { """{"type":"customer.updated","data":{"customer":{"phone":"555"}}}""", "invalid-field data.customer.phone: a phone number in E.164, e.g. +35929876543, was expected." },
        { """{"type":"customer.updated","data":{"person":{"zone":"Mars/Base"}}}""", "invalid-field data.person.zone: an IANA zone such as Europe/Sofia was expected." },
        { """{"type":"customer.updated","data":{"person":{"consent":{"offers":"maybe"}}}}""", "invalid-field data.person.consent.offers: true or false was expected." },
        { """{"type":"customer.erased","data":{}}""", "reserved-type data: another type than customer.erased, which only the program tells, was expected." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Receive_BadData_IsRefusedWithItsPlace(string body, string expected)
    {
        var answer = ReceiveStandard(body);

        Assert.Equal("refused " + expected, ShopifyRealPayloadTests.Describe(answer));
        Assert.Equal(422, answer.Status);
    }

    [Fact]
    public void Receive_WrongMediaTypeOrSize_IsRefused()
    {
        var connector = new StandardWebhooksConnector();

        Assert.Equal(415, connector.Receive(FromStandard("{}", change: h => h["content-type"] = "text/csv"), StandardSettings, Now).Status);
        Assert.Equal(413, connector.Receive(FromStandard(new string(' ', 1024 * 1024 + 1)), StandardSettings, Now).Status);
        Assert.Equal(405, connector.Receive(FromStandard("{}") with { Method = "DELETE" }, StandardSettings, Now).Status);
    }

    [Fact]
    public void RefusalTable_EveryCode_HasStatusTitleAndAPlaceInTheReference()
    {
        var page = File.ReadAllText(SourceTree.File("docs", "reference", "errors.md"));
        foreach (var code in Enum.GetValues<RefusalCode>())
        {
            var problem = RefusalTable.ToProblem(code, "why");
            Assert.Contains($"| `{problem.Code}` | {problem.Status} |", page, StringComparison.Ordinal);
            Assert.EndsWith(".", problem.Title, StringComparison.Ordinal);
            Assert.Equal(RefusalTable.TypePrefix + problem.Code, problem.Type);
        }
    }

    [Theory]
    [InlineData("12.345", "KWD", 12345L)]
    [InlineData("12", "JPY", 12L)]
    [InlineData("0.005", "USD", 1L)]
    [InlineData("-0.005", "USD", -1L)]
    [InlineData("1.2345", "CLF", 12345L)]
    [InlineData("1", "XXX", null)]
    [InlineData("1", "usd", null)]
    [InlineData("10000000000000.01", "USD", null)]
    public void ToMinor_Amount_IsExactByTheCurrencysExponent(string amount, string currency, long? minor) =>
        Assert.Equal(minor, CurrencyTable.ToMinor(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), currency));

    [GeneratedRegex("```json\n(?<json>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex JsonBlock();
}
