using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>Points of a journey keep what they follow from, as points of an earning rule do, and the explanation tells it.</summary>
public sealed class AwardFormulaTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    private static readonly ProgramText Program = new ProgramText().Journey("thanks", """
        enter: { event: order.paid, again: after-end }
        steps:
          - { name: gift, award: customer.orders * 2.5 + 10, reason: thank-you }
          - { name: plain, award: 5 }
        """);

    [Theory]
    [InlineData("en", "version 1; formula = customer.orders * 2.5 + 10; customer.orders = 1; expected cost 0.12 EUR", "version 1; expected cost 0.05 EUR")]
    [InlineData("ru", "версия 1; формула = customer.orders * 2.5 + 10; customer.orders = 1; ожидаемая стоимость 0,12 EUR", "версия 1; ожидаемая стоимость 0,05 EUR")]
    [InlineData("uk", "версія 1; формула = customer.orders * 2.5 + 10; customer.orders = 1; очікувана вартість 0,12 EUR", "версія 1; очікувана вартість 0,05 EUR")]
    [InlineData("bg", "версия 1; формула = customer.orders * 2.5 + 10; customer.orders = 1; очаквана цена 0,12 EUR", "версия 1; очаквана цена 0,05 EUR")]
    public async Task Award_ByFormula_EntryKeepsVersionInputsAndCost(string locale, string byFormula, string plain)
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start, locale));
        await world.TellAsync(Tell.Paid("ann@shop.example", "1", 40, Start));
        await world.SettleAsync();

        var entries = (await world.AllAsync<LedgerEntry>(Kinds.Entry)).OrderBy(static entry => entry.Sequence).ToList();
        Assert.Equal([12L, 5L], entries.Select(static entry => entry.Points));
        Assert.Equal([1, 1], entries.Select(static entry => entry.Cause.RuleVersion));
        Assert.Equal([0.12m * 100, 0.05m * 100], entries.Select(static entry => entry.Cause.CostMinor));
        EntryInput[] inputs = [new("formula", "customer.orders * 2.5 + 10"), new("customer.orders", 1)];
        Assert.Equal(inputs, entries[0].Cause.Inputs.AsEnumerable());
        Assert.Empty(entries[1].Cause.Inputs);

        var id = (await world.Queries.FindAsync("ann@shop.example"))!;
        var told = Assert.Single(await world.Queries.ExplainAsync(id)).Lines;
        Assert.EndsWith(byFormula, told[0].Basis, StringComparison.Ordinal);
        Assert.EndsWith(plain, told[1].Basis, StringComparison.Ordinal);
        Assert.Contains(entries[0].Cause.RunId!, told[0].Basis, StringComparison.Ordinal);
    }
}
