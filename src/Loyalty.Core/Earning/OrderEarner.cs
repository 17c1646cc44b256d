using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>A command for one of the customer's wallets.</summary>
public sealed record WalletCommand(string Wallet, LedgerCommand Command);

/// <summary>What has to be posted so that the ledger holds what an order is worth.</summary>
/// <param name="Earning">To be kept with the order.</param>
/// <param name="Commands">In order.</param>
public sealed record EarningDecision(OrderEarning? Earning, ImmutableArray<WalletCommand> Commands);

/// <summary>
/// Keeps the ledger at each order's target. The gross sale is posted first, then each refund that was not posted yet in the order of (time, id),
/// then the cancellation, so that the entries read as the business happened even where one payload told it all.
/// </summary>
public static class OrderEarner
{
    /// <summary>What is left to post for an order; nothing before it is paid.</summary>
    /// <param name="order">The order after the merge.</param>
    /// <param name="program">The program that counts for orders not evaluated before.</param>
    public static EarningDecision Decide(OrderState order, ProgramModel program)
    {
        if (order.Facts is not { IsPaid: true, Latest: not null }) return new EarningDecision(order.Earning, []);
        return new Posting(order, program).Run();
    }

    private sealed class Posting(OrderState order, ProgramModel program)
    {
        private readonly OrderFacts _facts = order.Facts;
        private readonly OrderSnapshot _latest = order.Facts.Latest!;
        private readonly ImmutableArray<WalletCommand>.Builder _commands = ImmutableArray.CreateBuilder<WalletCommand>();
        private OrderEarning _earning = order.Earning ?? Frozen(order, program);

        public EarningDecision Run()
        {
            if (_earning.NothingBecause is not null || _earning.Rules.IsEmpty) return new EarningDecision(_earning, []);
            Reschedule();
            var posted = _facts.Refunds.Where(refund => _earning.PostedRefunds.Contains(refund.RefundId)).ToList();
            if (!_earning.IsCancelPosted) Revise(order.Earning is null ? "sale" : "edit:" + Version(), posted);
            foreach (var refund in OrderValue.InOrder(_facts.Refunds.Except(posted)).ToList())
            {
                posted.Add(refund);
                _earning = _earning with
                {
                    PostedRefunds = [.. _earning.PostedRefunds.Add(refund.RefundId).Order(StringComparer.Ordinal)],
                };
                if (!_earning.IsCancelPosted) Revise("refund:" + refund.RefundId, posted);
            }

            if (_facts.IsCancelled && !_earning.IsCancelPosted)
            {
                _earning = _earning with { IsCancelPosted = true };
                Post("cancel", [.. _earning.Rules.Select(static _ => OrderTarget.Nothing)]);
            }

            return new EarningDecision(_earning, _commands.ToImmutable());
        }

        private void Revise(string revision, IReadOnlyList<OrderRefund> refunds)
        {
            var rules = _earning.Rules.Select(static earned => earned.Rule).ToArray();
            Post(revision, OrderTarget.Of(rules, OrderValue.Lines(_latest, refunds), _latest.Currency));
        }

        private void Post(string revision, ImmutableArray<RuleTarget> targets)
        {
            for (var i = 0; i < targets.Length; i++)
            {
                var earned = Post(revision, _earning.Rules[i], targets[i]);
                _earning = _earning with { Rules = _earning.Rules.SetItem(i, earned) };
            }
        }

        private RuleEarning Post(string revision, RuleEarning earned, RuleTarget target)
        {
            var delta = target.Points - earned.Posted;
            if (delta == 0) return earned;
            var key = $"order:{order.OrderId}|{earned.Rule.Id}|{revision}";
            var cause = Cause(revision, earned, target);
            var wallet = earned.Rule.Wallet;
            var lots = earned.Lots;
            if (delta > 0)
            {
                var terms = Terms(earned.Rule);
                _commands.Add(new WalletCommand(wallet, new LedgerCommand.Grant(key, delta, terms.AvailableAt, terms.ExpiresAt, cause)));
                lots = lots.Add(LedgerCommand.LotIdOf(order.CustomerId, wallet, key));
            }
            else
            {
                _commands.Add(new WalletCommand(wallet, new LedgerCommand.Reverse(key, -delta, lots, cause)));
            }

            return earned with { Posted = target.Points, Lines = target.Lines, Lots = lots };
        }

        /// <summary>Fulfilment may be told after the grant: what still waits is told when it becomes usable.</summary>
        private void Reschedule()
        {
            foreach (var earned in _earning.Rules)
            {
                if (earned.Rule.Activation is not ActivationRule.AfterFulfilment) continue;
                if (Terms(earned.Rule) is not { AvailableAt: { } at } terms) continue;
                foreach (var lot in earned.Lots)
                    _commands.Add(new WalletCommand(earned.Rule.Wallet, new LedgerCommand.Schedule(lot, at, terms.ExpiresAt)));
            }
        }

        private LotTerms Terms(EarningRule rule) => LotTerms.Of(rule, _facts.PaidAt!.Value, _facts.FulfilledAt, program.TimeZone);

        /// <summary>Names this version of the order; facts only grow, so no version comes twice.</summary>
        private string Version() => Hashing.Id(12, System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(_facts)));

        private EntryCause Cause(string revision, RuleEarning earned, RuleTarget target) => new()
        {
            RuleId = earned.Rule.Id,
            RuleVersion = earned.Rule.Version,
            OrderId = order.OrderId,
            Revision = revision,
            Inputs = Inputs(earned, target),
            Exact = target.Exact,
            Rounding = target.Exact == target.Points ? null : "floored once over the order and all rules of the wallet",
            Lines = Difference(earned.Lines, target.Lines),
        };

        private ImmutableArray<EntryInput> Inputs(RuleEarning earned, RuleTarget target)
        {
            var inputs = ImmutableArray.CreateBuilder<EntryInput>();
            inputs.Add(new EntryInput("order-value", new AttributeValue.Money(target.EligibleMinor, _latest.Currency)));
            if (earned.Rule.Formula is EarningFormula.PerAmount per) inputs.Add(new EntryInput("points-per-unit", per.PointsPerUnit));
            inputs.Add(new EntryInput("target", target.Points));
            inputs.Add(new EntryInput("posted-before", earned.Posted));
            return inputs.ToImmutable();
        }
    }

    private static OrderEarning Frozen(OrderState order, ProgramModel program)
    {
        if (order.Facts.Latest!.Currency != program.Currency) return new OrderEarning { NothingBecause = "currency-mismatch" };
        var paidAt = order.Facts.PaidAt!.Value;
        return new OrderEarning
        {
            Rules =
            [
                .. program.Earning.Rules
                    .Where(rule => rule.On == EarningTrigger.OrderPaid && IsValidAt(rule, paidAt))
                    .Where(rule => rule.OnlyNthOrder is null || rule.OnlyNthOrder == order.Nth)
                    .Select(static rule => new RuleEarning { Rule = rule }),
            ],
        };
    }

    /// <summary>Whether a rule counts at an instant: from its start (included) to its end (excluded).</summary>
    public static bool IsValidAt(EarningRule rule, Instant at) =>
        (rule.ValidFrom is null || at >= rule.ValidFrom) && (rule.ValidUntil is null || at < rule.ValidUntil);

    private static ImmutableArray<LineShare> Difference(ImmutableArray<LineShare> before, ImmutableArray<LineShare> after)
    {
        var shares = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var share in after) shares[share.LineId] = share.Points;
        foreach (var share in before) shares[share.LineId] = shares.GetValueOrDefault(share.LineId) - share.Points;
        return [.. shares.Where(static share => share.Value != 0).Select(static share => new LineShare(share.Key, share.Value))];
    }
}
