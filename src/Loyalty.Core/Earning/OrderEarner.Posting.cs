using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Serialization;

namespace Loyalty.Core.Earning;

/// <content>From the target to the postings.</content>
public static partial class OrderEarner
{
    private sealed class Posting(OrderState order, ProgramModel program, EarningFacts facts, ImmutableArray<RedemptionState> redemptions)
    {
        private readonly OrderFacts _facts = order.Facts;
        private readonly OrderSnapshot _latest = order.Facts.Latest!;
        private readonly ImmutableArray<WalletCommand>.Builder _commands = ImmutableArray.CreateBuilder<WalletCommand>();
        private readonly ImmutableArray<EarningRule> _live = program.Earning.Rules;
        private OrderEarning _earning = order.Earning ?? Frozen(order, program, facts);
        private EarningFacts _usage = facts;
        private string? _edit;
        private ImmutableArray<PointsPayment> _payments = order.PointsPaid ?? [];
        private readonly ImmutableArray<RedemptionState> _known = redemptions;
        private ImmutableArray<RedemptionState> _redemptions = redemptions;

        public EarningDecision Run()
        {
            Reschedule(_earning, _facts, program, _commands);
            ImmutableArray<OrderRefund> posted = _facts.Refunds.IsEmpty ? [] : _facts.Refunds.RemoveAll(refund => !_earning.PostedRefunds.Contains(refund.RefundId));
            if (!_earning.IsCancelPosted) Revise(order.Earning is null ? EarningOccasion.Sale : null, posted);
            foreach (var refund in posted.Length == _facts.Refunds.Length ? [] : OrderValue.InOrder(_facts.Refunds.Except(posted)).ToList())
            {
                posted = posted.Add(refund);
                _earning = _earning with
                {
                    PostedRefunds = [.. _earning.PostedRefunds.Add(refund.RefundId).Order(StringComparer.Ordinal)],
                };
                if (!_earning.IsCancelPosted) Revise("refund:" + refund.RefundId, posted);
            }

            if ((_facts.IsCancelled || _facts.IsRefunded) && !_earning.IsCancelPosted)
            {
                var revision = _facts.IsCancelled ? "cancel" : "refund";
                _earning = _earning with { IsCancelPosted = true };
                for (var i = 0; i < _payments.Length; i++) GiveBack(i, revision, _payments[i].Points);
                Post(revision, [.. _earning.Rules.Select(static _ => OrderTarget.Nothing)]);
            }

            return new EarningDecision(_earning, _commands.ToImmutable())
            {
                Usage = _usage.Usage,
                PointsPaid = order.PointsPaid is null ? null : _payments,
                Redemptions = _redemptions.IsEmpty ? [] : [.. _redemptions.Where(one => !_known.Contains(one))],
            };
        }

        /// <param name="revision">null: an edit, which is named only where it changes anything.</param>
        /// <param name="refunds">Those that count.</param>
        private void Revise(string? revision, ImmutableArray<OrderRefund> refunds)
        {
            var kept = OrderValue.Lines(_latest, refunds);
            for (var i = 0; i < _payments.Length; i++) GiveBack(i, revision, PointsAllocation.PointsReturned(_payments[i], kept, _latest));
            if (_earning.NothingBecause is not null || _earning.Rules.IsEmpty) return;
            var lines = _payments.IsEmpty ? kept : PointsAllocation.AfterPayments(kept, _latest, _payments);
            Post(revision, OrderTarget.Of(_earning.Rules, lines, _latest.Currency, _earning.Rate));
        }

        /// <summary>Points that paid for what came back: given back up to a target that only grows, so an edit takes nothing away again.</summary>
        private void GiveBack(int index, string? revision, long target)
        {
            var payment = _payments[index];
            var redemption = _redemptions.FirstOrDefault(one => one.RedemptionId == payment.RedemptionId);
            if (redemption is null) return;
            var points = Math.Min(target - payment.Restored, redemption.Points - redemption.Restored);
            if (points <= 0) return;
            revision ??= Edit;
            var cause = new EntryCause { OrderId = order.OrderId, Revision = revision, Reason = "points-payment-returned" };
            var graceEndsAt = LotTerms.EndOfDay(_usage.Now, program.RestoreGraceDays, program.TimeZone);
            var key = $"order:{order.OrderId}|restore:{payment.RedemptionId}|{revision}";
            _commands.Add(new WalletCommand(payment.Wallet, new LedgerCommand.Restore(key, redemption, points, graceEndsAt, cause)));
            _redemptions = _redemptions.Replace(redemption, redemption.AfterRestore(points));
            _payments = _payments.SetItem(index, payment with { Restored = payment.Restored + points });
        }

        private void Post(string? revision, ImmutableArray<RuleTarget> targets)
        {
            for (var i = 0; i < targets.Length; i++)
            {
                var earned = Post(revision, _earning.Rules[i], targets[i]);
                _earning = _earning with { Rules = _earning.Rules.SetItem(i, earned) };
            }
        }

        private RuleEarning Post(string? revision, RuleEarning earned, RuleTarget target)
        {
            var delta = target.Points - earned.Posted;
            if (delta == 0) return earned;
            revision ??= Edit;
            var key = $"{KeyOf(order)}|{earned.Rule.Id}|{revision}";
            var cause = Cause(revision, earned, target);
            var wallet = earned.Rule.Wallet;
            var lots = earned.Lots;
            if (delta > 0)
            {
                var lot = LedgerCommand.LotIdOf(order.CustomerId, wallet, key);
                _commands.Add(new WalletCommand(wallet, Grant(key, delta, earned.Rule, cause, lot)));
                lots = lots.Add(lot);
            }
            else
            {
                _commands.Add(new WalletCommand(wallet, new LedgerCommand.Reverse(key, -delta, lots, cause)));
            }

            return Count(earned with { Posted = target.Points, Lines = target.Lines, Lots = lots });
        }

        private LedgerCommand.Grant Grant(string key, long points, EarningRule rule, EntryCause cause, string lotId)
        {
            var terms = Terms(rule);
            var paidAt = _facts.PaidAt!.Value;
            return new LedgerCommand.Grant(key, points, terms.AvailableAt, terms.ExpiresAt, cause)
            {
                EarnedAt = paidAt,
                SlidingDays = (rule.Expiry as ExpiryRule.Sliding)?.Days,
                LotId = lotId,
            };
        }

        /// <summary>Caps count the most that an order ever had: a refund frees nothing for other orders.</summary>
        private RuleEarning Count(RuleEarning earned)
        {
            if (earned.Counted is not { } counted || earned.Posted <= counted) return earned;
            // The caps themselves are those of the live rule: the frozen copy needs them no more.
            var live = _live.FirstOrDefault(rule => rule.Id == earned.Rule.Id);
            var usage = _usage.UsageOf(earned.Rule.Id)
                .Add(live?.Caps, earned.Posted - counted, _facts.PaidAt!.Value, program.TimeZone, isFirst: counted == 0);
            _usage = _usage.With(usage);
            return earned with { Counted = earned.Posted };
        }

        private LotTerms Terms(EarningRule rule) => LotTerms.Of(rule, _facts.PaidAt!.Value, _facts.FulfilledAt, program.TimeZone);

        private string Edit => _edit ??= "edit:" + Version();

        /// <summary>Names this version of the order and of what paid it; facts only grow, so no version comes twice.</summary>
        private string Version()
        {
            var text = System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(_facts));
            return _payments.IsEmpty ? Hashing.Id(12, text) : Hashing.Id(12, [text, .. _payments.Select(static payment => payment.RedemptionId)]);
        }

        private EntryCause Cause(string revision, RuleEarning earned, RuleTarget target) => new()
        {
            RuleId = earned.Rule.Id,
            RuleVersion = earned.Rule.Version,
            OrderId = order.OrderId,
            Revision = revision,
            Inputs = Inputs(earned, target),
            Exact = target.Exact,
            Rounding = target.Exact == target.Points ? null : "floored once over the order and all rules of the wallet",
            CappedBy = target.IsBudgeted ? EarningSelector.BudgetWords(earned.Rule) : target.IsCapped ? CapOf(earned) : null,
            Lines = Difference(earned.Lines, target.Lines),
        };

        private static string? CapOf(RuleEarning earned) => earned.Rule.MostPerEvent is { } most && !(earned.Allowance < most)
            ? string.Create(CultureInfo.InvariantCulture, $"event {most}")
            : earned.CappedBy;

        private ImmutableArray<EntryInput> Inputs(RuleEarning earned, RuleTarget target)
        {
            var inputs = ImmutableArray.CreateBuilder<EntryInput>();
            inputs.Add(new EntryInput("order-value", new AttributeValue.Money(target.EligibleMinor, _latest.Currency)));
            switch (earned.Rule.Formula)
            {
                case EarningFormula.PerAmount per: inputs.Add(new EntryInput("points-per-unit", per.PointsPerUnit)); break;
                case EarningFormula.PerUnit unit: inputs.Add(new EntryInput("points-per-piece", unit.Points)); break;
                case EarningFormula.Multiply multiply: inputs.Add(new EntryInput("factor", multiply.Factor)); break;
                default: break;
            }

            if (_earning.Rate is { } rate) inputs.Add(new EntryInput("rate", rate.Rate));
            if (earned.Allowance is { } most) inputs.Add(new EntryInput("allowance", most));
            if (earned.Budget is { } granted) inputs.Add(new EntryInput("budget-granted", granted));
            if (!_payments.IsEmpty) inputs.Add(new EntryInput("paid-with-points", _payments.Sum(static payment => payment.Points)));
            inputs.Add(new EntryInput("target", target.Points));
            inputs.Add(new EntryInput("posted-before", earned.Posted));
            return inputs.ToImmutable();
        }
    }
}
