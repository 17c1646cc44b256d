using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Tests.Ledger;

public sealed class LedgerModelTests
{
    private const int Sequences = 800;
    private const int Operations = 40;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 0, 0);
    private static readonly EntryCause Because = new() { Reason = "test" };

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
            switch (_random.Next(9))
            {
                case 0 or 1: Grant(key); break;
                case 2: Do(new LedgerCommand.Spend(key, Points(), Because), c => _model.Spend((int)c.Points)); break;
                case 3: Hold(key); break;
                case 4 when _holds.Count > 0: Do(new LedgerCommand.Commit(key, Pick(_holds), Because), c => _model.Commit(c.HoldId)); break;
                case 5 when _holds.Count > 0: Do(new LedgerCommand.Release(key, Pick(_holds), Because), c => _model.Release(c.HoldId)); break;
                case 6 or 7 when _lots.Count > 0: Reverse(key); break;
                default: Wait(); break;
            }
        }

        private int Points() => _random.Next(1, 15);

        private string Pick(List<string> names) => names[_random.Next(names.Count)];

        private void Grant(string key)
        {
            var points = Points();
            var availableAt = _model.Time + Math.Max(0, _random.Next(-10, 20));
            int? endsAt = _random.Next(3) == 0 ? null : availableAt + _random.Next(1, 40);
            _lots.Add(key);
            _book.Grant(key, points, At(availableAt), endsAt is { } end ? At(end) : null);
            _model.Grant(key, points, availableAt, endsAt);
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

        private void Do<T>(T command, Func<T, bool> model)
            where T : LedgerCommand
        {
            if (model(command)) _book.Do(command);
            else Assert.NotEqual(RefusalCode.KeyConflict, _book.Refused(command));
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
            };
            Assert.True(expected == _book.Wallet.Balances, $"seed {seed}, step {step}: the model says {expected}, the ledger {_book.Wallet.Balances}");
            foreach (var lot in _lots) Assert.Equal(_model.ClaimOf(lot), _book.Lot(lot).Claim);
        }

        private static Instant At(int minute) => Start + Duration.FromMinutes(minute);
    }
}
