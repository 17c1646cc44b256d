using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Tests.Ledger;

public sealed class LedgerModelTests
{
    private const int Sequences = 800;
    private const int Operations = 40;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 0, 0);
    private static readonly EntryCause Because = new() { Reason = "test" };
    private static readonly EntryCause Correction = new() { Reason = "test", Actor = "ann" };

    /// <summary>Random grants, spends, holds, returns and passing time, step by step beside a model that counts single points.</summary>
    [Theory]
    [InlineData(ReturnPolicy.OnlyPending)]
    [InlineData(ReturnPolicy.WithinBalance)]
    [InlineData(ReturnPolicy.Negative)]
    public void Decide_RandomOperations_AgreesWithTheModel(ReturnPolicy policy)
    {
        for (var seed = 0; seed < Sequences; seed++) new Run(policy, seed).Play();
    }

    private sealed class Run(ReturnPolicy policy, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly TokenModel _model = new(policy);
        private readonly TestBook _book = new(policy);
        private readonly List<string> _lots = [];
        private readonly List<string> _holds = [];
        private readonly List<RedemptionState> _redeemed = [];

        public void Play()
        {
            for (var i = 0; i < Operations; i++)
            {
                Step(i);
                Compare(i);
            }

            Assert.Empty(LedgerBooks.Check(_book.Wallet, _book.Entries));
            Assert.Equal(_book.Wallet.Balances, LedgerBooks.Balances(_book.Entries));
        }

        private void Step(int i)
        {
            var key = $"k{i}";
            switch (_random.Next(14))
            {
                case 0 or 1: Grant(key); break;
                case 2: Redeem(key, new LedgerCommand.Spend(key, Points(), Because), c => _model.Spend(key, (int)c.Points)); break;
                case 3: Hold(key); break;
                case 4 when _holds.Count > 0:
                    var hold = Pick(_holds);
                    Redeem(hold, new LedgerCommand.Commit(key, hold, Because), c => _model.Commit(c.HoldId));
                    break;
                case 5 when _holds.Count > 0: Do(new LedgerCommand.Release(key, Pick(_holds), Because), c => _model.Release(c.HoldId)); break;
                case 6 or 7 when _lots.Count > 0: Reverse(key); break;
                case 8 or 9 when _redeemed.Count > 0: Restore(key); break;
                case 10: Raise(key); break;
                case 11: Do(new LedgerCommand.Adjust(key, -Points(), null, Correction), c => _model.Lower((int)-c.Points)); break;
                case 12: Extend(key); break;
                default: Wait(); break;
            }
        }

        private void Redeem<T>(string name, T command, Func<T, bool> model)
            where T : LedgerCommand
        {
            if (!Do(command, model)) return;
            _redeemed.Add(RedemptionState.Of(_book.Entries, name)!);
        }

        private void Restore(string key)
        {
            var index = _random.Next(_redeemed.Count);
            var redemption = _redeemed[index];
            var points = _random.Next(1, 15);
            var graceEndsAt = _model.Time + _random.Next(1, 30);
            var isAllowed = points <= _model.RedeemedOf(redemption.RedemptionId);
            if (isAllowed) _model.Restore(redemption.RedemptionId, points, graceEndsAt);
            if (Do(new LedgerCommand.Restore(key, redemption, points, At(graceEndsAt), Because), _ => isAllowed))
                _redeemed[index] = redemption.AfterRestore(points);
        }

        private void Raise(string key)
        {
            var (points, endsAt) = (Points(), _model.Time + _random.Next(1, 40));
            _lots.Add(key);
            _model.Grant(key, points, _model.Time, endsAt);
            Do(new LedgerCommand.Adjust(key, points, At(endsAt), Correction), static _ => true);
        }

        private void Extend(string key)
        {
            var endsAt = _model.Time + _random.Next(1, 60);
            _model.Extend(endsAt);
            Do(new LedgerCommand.Extend(key, [new SlidingEnd(7, At(endsAt))], Because), static _ => true);
        }

        private int Points() => _random.Next(1, 15);

        private string Pick(List<string> names) => names[_random.Next(names.Count)];

        private void Grant(string key)
        {
            var points = Points();
            var availableAt = _model.Time + Math.Max(0, _random.Next(-10, 20));
            int? endsAt = _random.Next(3) == 0 ? null : availableAt + _random.Next(1, 40);
            var slides = _random.Next(3) == 0;
            _lots.Add(key);
            _book.Do(new LedgerCommand.Grant(key, points, At(availableAt), endsAt is { } end ? At(end) : null, Because) { SlidingDays = slides ? 7 : null });
            _model.Grant(key, points, availableAt, endsAt, slides);
        }

        private void Hold(string key)
        {
            var endsAt = _model.Time + _random.Next(1, 31);
            _holds.Add(key);
            Do(new LedgerCommand.Hold(key, Points(), At(endsAt), Because), c => _model.Hold(key, (int)c.Points, endsAt));
        }

        private void Reverse(string key)
        {
            var lot = Pick(_lots);
            var points = Points();
            var isAllowed = points <= _model.OpenOf(lot);
            if (isAllowed) _model.Reverse(lot, points);
            Do(new LedgerCommand.Reverse(key, points, [_book.LotId(lot)], Because), _ => isAllowed);
        }

        private void Wait()
        {
            _model.To(_model.Time + _random.Next(1, 12));
            _book.Now = At(_model.Time);
            _book.Advance();
        }

        private bool Do<T>(T command, Func<T, bool> model)
            where T : LedgerCommand
        {
            var isAllowed = model(command);
            if (isAllowed) _book.Do(command);
            else Assert.NotEqual(RefusalCode.KeyConflict, _book.Refused(command));
            return isAllowed;
        }

        private void Compare(int step)
        {
            var expected = new WalletBalances
            {
                Issued = -_lots.Sum(lot => _book.Lot(lot).Granted),
                Pending = _model.Count(TokenModel.State.Pending),
                Available = _model.Count(TokenModel.State.Available),
                Held = _model.Count(TokenModel.State.Held),
                Spent = _model.Count(TokenModel.State.Spent),
                Expired = _model.Count(TokenModel.State.Expired),
                Reversed = _model.Count(TokenModel.State.Reversed) + _model.Count(TokenModel.State.Covered) + _model.Opened,
                Arrears = -_model.Owed,
                Adjusted = _model.Count(TokenModel.State.Adjusted),
            };
            Assert.True(expected == _book.Wallet.Balances, $"seed {seed}, step {step}: the model says {expected}, the ledger {_book.Wallet.Balances}");
            foreach (var lot in _lots) Assert.Equal(_model.ClaimOf(lot), _book.Lot(lot).Claim);
        }

        private static Instant At(int minute) => Start + Duration.FromMinutes(minute);
    }
}
