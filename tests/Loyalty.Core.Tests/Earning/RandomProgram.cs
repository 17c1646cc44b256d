using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Tests.Customers;
using NodaTime;

namespace Loyalty.Core.Tests.Earning;

/// <summary>Random programs of earning rules, and orders that give them something to chew on.</summary>
internal static class RandomProgram
{
    private static readonly string[] Categories = ["tea", "cups", "books"];

    public static ProgramModel Make(Random random)
    {
        var rules = Enumerable.Range(0, random.Next(1, 6)).Select(i => Rule(random, $"rule-{i}")).ToArray();
        return Shop.Program(rules) with
        {
            Wallets = [new WalletRule(WalletRule.Spendable, (ReturnPolicy)random.Next(3)), new WalletRule(WalletRule.Qualifying)],
        };
    }

    public static EarningRule Rule(Random random, string id) => new()
    {
        Id = id,
        Wallet = random.Next(4) == 0 ? WalletRule.Qualifying : WalletRule.Spendable,
        Formula = Formula(random),
        MinimumMinor = random.Next(3) == 0 ? random.Next(1, 8000) : 1,
        Only = random.Next(3) == 0 ? new GoodsFilter { Categories = [Categories[random.Next(3)]] } : null,
        ExcludedCategories = random.Next(4) == 0 ? [Categories[random.Next(3)]] : [],
        Group = random.Next(3) == 0 ? "g" : null,
        Stacking = EarningStacking.Best,
        MostPerEvent = random.Next(4) == 0 ? random.Next(1, 200) : null,
        Caps = random.Next(4) == 0 ? new EarningCaps(Month: random.Next(1, 300)) : null,
        OnlyNthOrder = random.Next(6) == 0 ? random.Next(1, 3) : null,
        Activation = random.Next(3) == 0 ? new ActivationRule.AfterPayment(random.Next(20)) : new ActivationRule.Immediately(),
        Expiry = random.Next(3) == 0 ? new ExpiryRule.After(random.Next(60)) : new ExpiryRule.Never(),
    };

    public static OrderSnapshot Order(Random random, string id, Instant at) => Shop.Paid(id, at) with
    {
        Lines =
        [
            .. Enumerable.Range(0, random.Next(1, 5)).Select(i => Shop.Line($"l{i}", random.NextInt64(0, 15000)) with
            {
                Quantity = random.Next(1, 4),
                Category = Categories[random.Next(3)],
                TaxMinor = random.NextInt64(0, 500),
            }),
        ],
    };

    private static EarningFormula Formula(Random random) => random.Next(6) switch
    {
        0 => new EarningFormula.Fixed(random.Next(1, 100)),
        1 => new EarningFormula.PerUnit(random.Next(1, 9)),
        2 => new EarningFormula.Bands([new EarningBand(0, PointsPerUnit: 0.5m), new EarningBand(random.Next(1, 10000), random.Next(1, 90))]),
        3 => new EarningFormula.Multiply(1 + random.Next(1, 30000) / 10000m, []),
        _ => new EarningFormula.PerAmount(random.Next(1, 30000) / 10000m, (EarningBase)random.Next(2)),
    };
}
