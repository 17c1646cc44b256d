using System.Collections.Immutable;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Tests.Customers;
using Loyalty.Core.Tests.Earning;
using NodaTime;

namespace Loyalty.Core.Tests.Reversals;

/// <content>Orders: sold, edited, refunded, told twice and late; and what they are worth by the model.</content>
internal sealed partial class ReversalRun
{
    private void Sell(string key)
    {
        var snapshot = RandomProgram.Order(_random, key, Now);
        snapshot = snapshot with
        {
            Lines = [.. snapshot.Lines.Select(line => line with { NetMinor = line.NetMinor / 12, TaxMinor = line.TaxMinor / 12 })],
        };
        var order = new Sold(this, snapshot);
        _orders.Add(order);
        order.Sell(key);
        Count(Operation.Sale);
    }

    /// <summary>An order on both sides: the state that the code under test keeps, and the plain facts that the model reckons with.</summary>
    private sealed class Sold
    {
        private readonly ReversalRun _run;
        private readonly List<OrderRefund> _refunds = [];
        private readonly List<(OrderSnapshot Snapshot, OrderRefund? Refund)> _told = [];
        private readonly List<(EarningRule Rule, long Most)> _frozen = [];
        private readonly Dictionary<string, List<(string Lot, long Points)>> _lots = [];
        private readonly Dictionary<string, long> _posted = [];
        private OrderSnapshot _latest;
        private OrderState _state;
        private int _versions;
        private bool _isCancelled;
        private (string Redemption, long Value, long Restored)? _payment;

        public Sold(ReversalRun run, OrderSnapshot snapshot)
        {
            (_run, _latest) = (run, snapshot);
            _state = new OrderState { OrderId = snapshot.OrderId, CustomerId = "c1", Nth = run._orders.Count + 1 };
        }

        public void Sell(string key)
        {
            if (_run._random.Next(4) == 0) PayWithPoints(key);
            foreach (var rule in _run._program.Earning.Rules)
            {
                if (rule.OnlyNthOrder is { } nth && nth != _state.Nth) continue;
                long? left = rule.Caps?.Lifetime is { } lifetime ? lifetime - _run._facts.UsageOf(rule.Id).Lifetime : null;
                if (left <= 0) continue;
                _frozen.Add((rule, Math.Min(left ?? long.MaxValue, rule.MostPerEvent ?? long.MaxValue)));
            }

            Tell(_latest, null);
        }

        public void Revise(string key)
        {
            var choice = _run._random.Next(10);
            if (choice < 2)
            {
                var (snapshot, refund) = _told[_run._random.Next(_told.Count)];
                _run.Count(Operation.Duplicate);
                Tell(snapshot, refund);
            }
            else if (choice < 4 && _payment is null)
            {
                var index = _run._random.Next(_latest.Lines.Length);
                var lines = _latest.Lines.SetItem(index, _latest.Lines[index] with { NetMinor = _run._random.NextInt64(0, 1500) });
                if (_run._random.Next(3) == 0) lines = lines.Add(Shop.Line($"x{key}", _run._random.NextInt64(0, 900)) with { Category = "tea" });
                _run.Count(Operation.Edit);
                Tell(_latest with { Lines = lines, UpdatedAt = Later() }, null);
            }
            else if (choice == 4)
            {
                _run.Count(Operation.Cancel);
                // The shop says so by its status alone, or cancels.
                Tell(_run._random.Next(2) == 0 ? _latest with { Payment = PaymentStatus.Refunded, UpdatedAt = Later() } : _latest with { CancelledAt = _run.Now, UpdatedAt = Later() }, null);
            }
            else
            {
                Refund(key);
            }
        }

        /// <summary>After everything the ledger holds what the order's final facts are worth under the rules of its first telling.</summary>
        public void CheckEnd()
        {
            var target = _isCancelled ? new long[_frozen.Count] : Target(_refunds);
            for (var i = 0; i < _frozen.Count; i++)
            {
                var id = _frozen[i].Rule.Id;
                var net = _run._entries.Where(entry => entry.Cause.OrderId == _state.OrderId && entry.Cause.RuleId == id && entry.Cause.Revision is not null)
                    .Sum(static entry => entry.Type == EntryType.Grant ? entry.Points : -(entry.Points + entry.Claimed));
                if (net != target[i]) _run.Fail($"order {_state.OrderId}, rule {id}: {net} posted, worth {target[i]}");
            }
        }

        private Instant Later() => _run.Now + Duration.FromMilliseconds(++_versions);

        private void Refund(string key)
        {
            var line = _latest.Lines[_run._random.Next(_latest.Lines.Length)];
            var amount = _run._random.NextInt64(0, Math.Max(1, line.NetMinor) + 1);
            // Refunds may be told in another order than they were made in.
            var at = _run.Now - Duration.FromMinutes(_run._random.Next(0, 3000));
            var refund = new OrderRefund($"r{key}", at, [new RefundLine(line.LineId, _run._random.Next(0, 2), amount)]);
            _run.Count(Operation.Refund);
            Tell(_latest, refund);
        }

        private void PayWithPoints(string key)
        {
            var name = "pay-" + key;
            var value = _latest.Lines.Sum(static line => line.NetMinor) / 2;
            if (value == 0) return;
            _run.Redeem(name, new LedgerCommand.Spend(name, _run.Points(), Because), Operation.PointsAsPayment, command => _run.Model.Spend(name, (int)command.Points));
            if (!_run._redemptions.TryGetValue(name, out var redemption)) return;
            _payment = (name, value, 0);
            _state = _state with
            {
                PointsPaid = [new PointsPayment { RedemptionId = name, Wallet = WalletRule.Spendable, Points = redemption.Points, ValueMinor = value }],
            };
        }

        private void Tell(OrderSnapshot snapshot, OrderRefund? refund)
        {
            _told.Add((snapshot, refund));
            var facts = refund is null ? OrderMerge.Fold(_state.Facts, snapshot, snapshot.PlacedAt) : OrderMerge.Fold(_state.Facts, refund);
            if (_run._random.Next(3) == 0) facts = OrderMerge.Fold(facts, snapshot, snapshot.PlacedAt);
            _state = _state with { Facts = facts };
            var earned = OrderEarner.Decide(_state, _run._program, _run._facts, Redemptions());
            _state = _state with { Earning = earned.Earning, PointsPaid = earned.PointsPaid };
            _run._facts = _run._facts with { Usage = earned.Usage };
            foreach (var redemption in earned.Redemptions) _run._redemptions[redemption.RedemptionId] = redemption;
            Expect(snapshot, refund);
            foreach (var command in earned.Commands) _run.Keep(Assert.IsType<LedgerDecision.Posted>(LedgerDecider.Decide(_run._wallets[command.Wallet], command.Command, _run.PolicyOf(command.Wallet), _run.Now)));
        }

        private ImmutableArray<RedemptionState> Redemptions() => _payment is { } payment ? [_run._redemptions[payment.Redemption]] : [];

        /// <summary>The model's side of the same telling.</summary>
        private void Expect(OrderSnapshot snapshot, OrderRefund? refund)
        {
            var isFirst = _told.Count == 1;
            if (snapshot.UpdatedAt > _latest.UpdatedAt) _latest = snapshot;
            var fresh = refund is not null && _refunds.All(other => other.RefundId != refund.RefundId) ? refund : null;
            if (_isCancelled) return;
            Post(isFirst ? "sale" : "edit");
            if (fresh is not null)
            {
                _refunds.Add(fresh);
                Post("refund:" + fresh.RefundId);
            }

            if (_state.Facts.CancelledAt is null && !_told.Any(static told => told.Snapshot.Payment == PaymentStatus.Refunded)) return;
            _isCancelled = true;
            Post("cancel");
        }

        private void Post(string revision)
        {
            GiveBack(_isCancelled);
            var target = _isCancelled ? new long[_frozen.Count] : Target(_refunds);
            for (var i = 0; i < _frozen.Count; i++) Post(_frozen[i].Rule, target[i], revision);
        }

        private void Post(EarningRule rule, long target, string revision)
        {
            var delta = target - _posted.GetValueOrDefault(rule.Id);
            _posted[rule.Id] = target;
            var lots = _lots.TryGetValue(rule.Id, out var known) ? known : _lots[rule.Id] = [];
            var model = _run._models[rule.Wallet];
            if (delta > 0)
            {
                var name = $"{_state.OrderId}|{rule.Id}|{revision}|{lots.Count}";
                var availableAt = rule.Activation is ActivationRule.AfterPayment after ? Minute(_latest.PaidAt!.Value) + after.Days * 1440 : Minute(_latest.PaidAt!.Value);
                int? endsAt = rule.Expiry is ExpiryRule.After ends ? (availableAt / 1440 + ends.Days + 1) * 1440 : null;
                model.Grant(name, (int)delta, availableAt, endsAt);
                lots.Add((name, delta));
            }

            for (var i = lots.Count - 1; i >= 0 && delta < 0; i--)
            {
                var points = Math.Min(-delta, model.OpenOf(lots[i].Lot));
                if (points > 0) model.Reverse(lots[i].Lot, points);
                delta += points;
            }
        }

        private void GiveBack(bool isAll)
        {
            if (_payment is not { } payment) return;
            // The share of the paid part that came back; the model's plain reading of "the floor of the refunded share".
            var paid = _state.PointsPaid!.Value[0].Points;
            var freed = isAll ? payment.Value : Freed(payment.Value);
            var target = isAll ? paid : (long)Math.Floor(Math.Round(paid * freed / payment.Value, 9));
            var left = _run.Model.RedeemedOf(payment.Redemption);
            var points = (int)Math.Min(target - payment.Restored, left);
            if (points <= 0) return;
            _run.Model.Restore(payment.Redemption, points, (_run._minute / 1440 + 30 + 1) * 1440);
            _payment = payment with { Restored = payment.Restored + points };
            _run.Count(Operation.PaymentReturned);
        }

        private decimal Freed(long value)
        {
            var kept = Kept(_refunds);
            var whole = Kept([]);
            var shares = Split(value, [.. whole.Select(static line => line.Gross)]);
            return whole.Select((line, i) => line.Gross == 0 ? 0 : (decimal)shares[i] * (line.Gross - kept[i].Gross) / line.Gross).Sum();
        }

        private long[] Target(IReadOnlyList<OrderRefund> refunds)
        {
            var kept = Kept(refunds);
            if (_payment is { } payment)
            {
                var whole = Kept([]);
                var shares = Split(Math.Min(payment.Value, whole.Sum(static line => line.Gross)), [.. whole.Select(static line => line.Gross)]);
                for (var i = 0; i < kept.Count; i++)
                {
                    var (line, net, gross, pieces) = kept[i];
                    if (gross == 0) continue;
                    var less = Math.Max(0, gross - shares[i] * gross / whole[i].Gross);
                    kept[i] = (line, net * less / gross, less, pieces);
                }
            }

            return PlainTarget.Of(_frozen, kept);
        }

        private List<(OrderLine Line, long Net, long Gross, long Pieces)> Kept(IReadOnlyList<OrderRefund> refunds)
        {
            var kept = new List<(OrderLine, long, long, long)>();
            foreach (var line in _latest.Lines)
            {
                var own = refunds.SelectMany(static refund => refund.Lines).Where(refund => refund.LineId == line.LineId).ToList();
                var pieces = Math.Max(0, line.Quantity - own.Sum(static refund => refund.Quantity));
                var net = pieces == 0 ? 0 : Math.Max(0, line.NetMinor - own.Sum(static refund => refund.NetMinor));
                var tax = line.NetMinor == 0 ? 0 : (long)Math.Round((decimal)line.TaxMinor * net / line.NetMinor, MidpointRounding.ToEven);
                kept.Add((line, net, net + tax, pieces));
            }

            return kept;
        }

        private static long[] Split(long total, long[] weights)
        {
            var sum = weights.Sum();
            if (sum == 0) return new long[weights.Length];
            var parts = weights.Select(weight => total * weight / sum).ToArray();
            var rest = weights.Select(weight => total * weight % sum).ToArray();
            for (var left = total - parts.Sum(); left > 0; left--)
            {
                var next = Array.IndexOf(rest, rest.Max());
                parts[next]++;
                rest[next] = -1;
            }

            return parts;
        }

        private static int Minute(Instant at) => (int)Math.Ceiling((at - Start).TotalMinutes);
    }
}
