using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Tests.Earning;
using Loyalty.Core.Tests.Ledger;
using NodaTime;

namespace Loyalty.Core.Tests.Reversals;

/// <summary>One random history of one customer.</summary>
internal sealed partial class ReversalRun
{
    public enum Operation
    {
        Sale,
        Edit,
        Refund,
        Cancel,
        Duplicate,
        RulesChanged,
        Spend,
        Hold,
        Commit,
        Release,
        Restore,
        Raise,
        Lower,
        Expiry,
        PointsAsPayment,
        PaymentReturned,
    }

    private const int Steps = 14;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 0, 0);
    private static readonly EntryCause Because = new() { Reason = "test" };
    private static readonly EntryCause Correction = new() { Reason = "test", Actor = "ann" };
    private static readonly string[] Wallets = [WalletRule.Spendable, WalletRule.Qualifying];

    private readonly int _seed;
    private readonly Random _random;
    private readonly ReturnPolicy _policy;
    private readonly Dictionary<string, WalletState> _wallets;
    private readonly Dictionary<string, TokenModel> _models;
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, RedemptionState> _redemptions = [];
    private readonly List<LedgerEntry> _entries = [];
    private readonly List<string> _holds = [];
    private readonly List<Sold> _orders = [];
    private ProgramModel _program;
    private EarningFacts _facts = new() { Now = Start };
    private int _minute;

    public ReversalRun(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _policy = (ReturnPolicy)(seed % 3);
        _program = Small(_random);
        _wallets = Wallets.ToDictionary(static name => name, static name => new WalletState { CustomerId = "c1", Name = name });
        _models = Wallets.ToDictionary(static name => name, name => new TokenModel(PolicyOf(name)));
    }

    public long[] Seen { get; } = new long[Enum.GetValues<Operation>().Length];

    private Instant Now => Start + Duration.FromMinutes(_minute);

    public string Story() => string.Join('\n', _entries.Select(static entry => $"{entry.Wallet} {entry.Sequence} {entry.Type} {entry.Key} {entry.Points}"));

    public void Play()
    {
        for (var step = 0; step < Steps; step++)
        {
            Step($"k{step}");
            Compare(step);
        }

        foreach (var wallet in _wallets.Values)
        {
            var findings = LedgerBooks.Check(wallet, _entries);
            if (!findings.IsEmpty) Fail("the books: " + string.Join("; ", findings));
        }

        foreach (var order in _orders) order.CheckEnd();
    }

    private void Step(string key)
    {
        switch (_random.Next(20))
        {
            case <= 2: Sell(key); break;
            case <= 8 when _orders.Count > 0: _orders[_random.Next(_orders.Count)].Revise(key); break;
            case 9:
                _program = Small(_random);
                Count(Operation.RulesChanged);
                break;
            case 10 or 11: Redeem(key, new LedgerCommand.Spend(key, Points(), Because), Operation.Spend, command => Model.Spend(key, (int)command.Points)); break;
            case 12: Hold(key); break;
            case 13 when _holds.Count > 0:
                var hold = Pick(_holds);
                Redeem(hold, new LedgerCommand.Commit(key, hold, Because), Operation.Commit, command => Model.Commit(command.HoldId));
                break;
            case 14 when _holds.Count > 0:
                if (Do(new LedgerCommand.Release(key, Pick(_holds), Because), command => Model.Release(command.HoldId))) Count(Operation.Release);
                break;
            case 15 or 16 when _redemptions.Count > 0: Restore(key); break;
            case 17: Adjust(key); break;
            default: Wait(); break;
        }
    }

    private TokenModel Model => _models[WalletRule.Spendable];

    private int Points() => _random.Next(1, 9);

    private string Pick(IReadOnlyList<string> names) => names[_random.Next(names.Count)];

    private void Count(Operation operation) => Seen[(int)operation]++;

    private static ProgramModel Small(Random random)
    {
        var program = RandomProgram.Make(random);
        return program with
        {
            Wallets = [new WalletRule(WalletRule.Spendable), new WalletRule(WalletRule.Qualifying)],
            Earning = new EarningPlan
            {
                Rules =
                [
                    .. program.Earning.Rules.Select(rule => rule with
                    {
                        Formula = rule.Formula switch
                        {
                            EarningFormula.Fixed => new EarningFormula.Fixed(random.Next(1, 9)),
                            EarningFormula.PerUnit => new EarningFormula.PerUnit(1),
                            EarningFormula.PerAmount per => per with { PointsPerUnit = decimal.Round(per.PointsPerUnit, 2) + 0.1m },
                            EarningFormula.Bands => new EarningFormula.Bands([new EarningBand(0, PointsPerUnit: 0.5m), new EarningBand(random.Next(1, 900), random.Next(1, 9))]),
                            var other => other,
                        },
                        MinimumMinor = rule.MinimumMinor == 1 ? 1 : random.Next(1, 900),
                        MostPerEvent = rule.MostPerEvent is null ? null : random.Next(1, 12),
                        Caps = rule.Caps is null ? null : new EarningCaps(Lifetime: random.Next(1, 25)),
                        Activation = rule.Activation is ActivationRule.AfterPayment ? new ActivationRule.AfterPayment(random.Next(3)) : rule.Activation,
                        Expiry = rule.Expiry is ExpiryRule.After ? new ExpiryRule.After(random.Next(6)) : rule.Expiry,
                    }),
                ],
            },
        };
    }

    private void Hold(string key)
    {
        var endsAt = _minute + _random.Next(1, 31);
        _holds.Add(key);
        if (Do(new LedgerCommand.Hold(key, Points(), At(endsAt), Because), command => Model.Hold(key, (int)command.Points, endsAt))) Count(Operation.Hold);
    }

    private void Redeem<T>(string name, T command, Operation operation, Func<T, bool> model)
        where T : LedgerCommand
    {
        if (!Do(command, model)) return;
        Count(operation);
        _redemptions[name] = RedemptionState.Of(_entries, name)!;
    }

    private void Restore(string key)
    {
        var redemption = _redemptions[Pick([.. _redemptions.Keys])];
        var points = Points();
        var graceEndsAt = _minute + _random.Next(1, 4000);
        var isAllowed = points <= redemption.Points - redemption.Restored;
        if (isAllowed) Model.Restore(redemption.RedemptionId, points, graceEndsAt);
        if (!Do(new LedgerCommand.Restore(key, redemption, points, At(graceEndsAt), Because), _ => isAllowed)) return;
        _redemptions[redemption.RedemptionId] = redemption.AfterRestore(points);
        Count(Operation.Restore);
    }

    private void Adjust(string key)
    {
        if (_random.Next(2) == 0)
        {
            if (Do(new LedgerCommand.Adjust(key, -Points(), null, Correction), command => Model.Lower((int)-command.Points))) Count(Operation.Lower);
            return;
        }

        var (points, endsAt) = (Points(), _minute + _random.Next(1, 5000));
        Name(WalletRule.Spendable, key);
        Model.Grant(key, points, _minute, endsAt);
        Do(new LedgerCommand.Adjust(key, points, At(endsAt), Correction), static _ => true);
        Count(Operation.Raise);
    }

    private void Wait()
    {
        _minute += _random.Next(3) == 0 ? _random.Next(1, 30) : _random.Next(1, 3000);
        foreach (var model in _models.Values) model.Jump(_minute);
        foreach (var name in Wallets) Keep(LedgerDecider.Advance(_wallets[name], PolicyOf(name), Now));
        _facts = _facts with { Now = Now };
    }

    private bool Do<T>(T command, Func<T, bool> model, string wallet = WalletRule.Spendable)
        where T : LedgerCommand
    {
        var isAllowed = model(command);
        var decision = LedgerDecider.Decide(_wallets[wallet], command, PolicyOf(wallet), Now);
        if (decision is LedgerDecision.Posted posted != isAllowed) Fail($"{command} was answered {decision}, the model {(isAllowed ? "allows" : "refuses")} it");
        if (decision is LedgerDecision.Posted kept) Keep(kept);
        return isAllowed;
    }

    private void Keep(LedgerDecision.Posted posted)
    {
        _wallets[posted.Wallet.Name] = posted.Wallet;
        _entries.AddRange(posted.Entries);
        if (posted.Entries.Any(static entry => entry.Type == EntryType.Expire)) Count(Operation.Expiry);
    }

    private ReturnPolicy PolicyOf(string wallet) => wallet == WalletRule.Spendable ? _policy : ReturnPolicy.Negative;

    private void Name(string wallet, string key) => _names[LedgerCommand.LotIdOf("c1", wallet, key)] = key;

    private void Compare(int step)
    {
        foreach (var (name, model) in _models)
        {
            var books = _wallets[name].Balances;
            var (issued, counts) = model.Tally();
            var expected = new WalletBalances
            {
                Issued = -issued,
                Pending = counts[(int)TokenModel.State.Pending],
                Available = counts[(int)TokenModel.State.Available],
                Held = counts[(int)TokenModel.State.Held],
                Spent = counts[(int)TokenModel.State.Spent],
                Expired = counts[(int)TokenModel.State.Expired],
                Reversed = counts[(int)TokenModel.State.Reversed] + counts[(int)TokenModel.State.Covered] + model.Opened,
                Arrears = -model.Owed,
                Adjusted = counts[(int)TokenModel.State.Adjusted],
            };
            if (expected != books) Fail($"step {step}, {name}: the model says {expected}, the ledger {books}");
        }
    }

    private void Fail(string what) => Assert.Fail($"seed {_seed}, minute {_minute}: {what}\n{Story()}");

    private static Instant At(int minute) => Start + Duration.FromMinutes(minute);
}
