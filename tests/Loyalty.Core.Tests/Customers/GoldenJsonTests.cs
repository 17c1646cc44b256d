using System.Text.Json;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

/// <summary>Documents as they are stored: what is written today must be read for years. A change of these files is a change of format.</summary>
public sealed class GoldenJsonTests
{
    private static readonly Keeper Told = Story();

    [Fact]
    public void CustomerState_Stored_HasTheRecordedForm() => Check("customer", Told.Customer!);

    [Fact]
    public void PersonState_Stored_HasTheRecordedForm() => Check("person", Told.Person!);

    [Fact]
    public void OrderState_Stored_HasTheRecordedForm() => Check("order", Told.Orders["shopify:s:1"]);

    [Fact]
    public void WalletState_Stored_HasTheRecordedForm() => Check("wallet", Told.Wallet());

    [Fact]
    public void LedgerEntry_Stored_HasTheRecordedForm() => Check("entries", Told.Entries.ToArray());

    [Fact]
    public void Occurrence_Stored_HasTheRecordedForm() =>
        Check("occurrences", Told.Occurrences.Select(static o => new { o.Id, o.Type, o.At, attributes = new SortedDictionary<string, AttributeValue>(o.Attributes), o.Hops }).ToArray());

    [Fact]
    public void ProgramModel_Stored_HasTheRecordedForm() => Check("program", Told.Program);

    [Fact]
    public void AttributeValue_Unset_ComesBackAsUnset()
    {
        var input = new EntryInput("x", AttributeValue.None);
        Assert.Equal(input, LoyaltyJson.Read<EntryInput>(LoyaltyJson.Write(input)));
        var facts = new Dictionary<string, AttributeValue> { ["a"] = AttributeValue.None };
        Assert.Equal(facts, LoyaltyJson.Read<Dictionary<string, AttributeValue>>(LoyaltyJson.Write(facts)));
    }

    private static Keeper Story()
    {
        var program = new ProgramModel
        {
            Zone = "Europe/Sofia",
            Wallets = [new WalletRule(WalletRule.Spendable, ReturnPolicy.Negative), new WalletRule("qualifying")],
            Earning = new EarningPlan
            {
                Rules =
                [
                    Shop.PerEuro with { Activation = new ActivationRule.AfterFulfilment(14, 60), Expiry = new ExpiryRule.After(365), ExcludedSkus = ["GIFT"] },
                    new EarningRule { Id = "welcome", Version = 3, On = EarningTrigger.Registration, Formula = new EarningFormula.Fixed(50) },
                    new EarningRule { Id = "later", Formula = new EarningFormula.PerAmount(0.5m, EarningBase.Gross), Activation = new ActivationRule.AfterPayment(3), ValidFrom = Shop.Start + Duration.FromDays(900) },
                ],
            },
        };
        var day = Shop.Start;
        var keeper = new Keeper(program);
        keeper.Apply(Shop.SignUp(day));
        keeper.Apply(Shop.Event("p", EventTypes.CustomerUpdated, day, new EventData.Person
        {
            Phone = "+359 88 123 4567",
            Birthday = new LocalDate(1990, 5, 17),
            Country = "BG",
            Zone = "Europe/Sofia",
            AcquisitionSource = "ad",
            Campaign = "spring",
            Tags = ["vip"],
        }));
        keeper.Apply(Shop.Cart("k1", day + Duration.FromHours(1), "A"));
        keeper.Tick(day + Duration.FromHours(3));
        var order = Shop.Paid("1", day + Duration.FromDays(1), 12345, 5000) with { DiscountCodes = ["WELCOME"], CartId = "k2" };
        keeper.Apply(Shop.Told(order));
        keeper.Apply(Shop.Told(order with { UpdatedAt = day + Duration.FromDays(2), FulfilledAt = day + Duration.FromDays(2) }));
        keeper.Post(new LedgerCommand.Hold("checkout-1", 20, day + Duration.FromDays(2) + Duration.FromMinutes(20), new EntryCause { OrderId = "shopify:s:2" }), day + Duration.FromDays(2));
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", day + Duration.FromDays(2), ("l0", 345))), day + Duration.FromDays(2));
        return keeper;
    }

    private static void Check<T>(string name, T value)
    {
        var bytes = LoyaltyJson.Write(value);
        if (typeof(T).Namespace is not null) Assert.Equal(bytes, LoyaltyJson.Write(LoyaltyJson.Read<T>(bytes)));
        using var document = JsonDocument.Parse(bytes);
        var actual = JsonSerializer.Serialize(document.RootElement, Indented) + "\n";
        var path = SourceTree.File("tests", "Loyalty.Core.Tests", "Customers", "Golden", name + ".json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, actual);
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
