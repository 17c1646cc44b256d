using Loyalty.Core.Ledger;

namespace Loyalty.Core.Tests.Ledger;

/// <summary>
/// The ledger once more, as slowly and plainly as can be: every point is a token with a state, time goes tick by tick, nothing is shared with the
/// code under test.
/// </summary>
internal sealed class TokenModel(ReturnPolicy policy)
{
    public enum State
    {
        Pending,
        Available,
        Held,
        Spent,
        Expired,
        Reversed,
        Covered,
        Repaid,
        Adjusted,
    }

    private readonly List<Lot> _lots = [];
    private readonly Dictionary<string, (int Ends, List<Token> Tokens)> _holds = [];
    private readonly Dictionary<string, List<Token>> _redeemed = [];

    public int Time { get; private set; }
    public long Opened { get; private set; }
    public long Owed { get; private set; }

    public long Count(State state) => _lots.Sum(lot => lot.Tokens.Count(token => token.State == state));

    /// <summary>Tokens ever granted, and how many are in each state.</summary>
    public (long Issued, long[] Counts) Tally()
    {
        var issued = 0L;
        var counts = new long[Enum.GetValues<State>().Length];
        foreach (var lot in _lots)
        {
            issued += lot.Tokens.Count;
            foreach (var token in lot.Tokens) counts[(int)token.State]++;
        }

        return (issued, counts);
    }

    /// <summary>Lets time pass, from one moment at which anything can change to the next.</summary>
    public void Jump(int time)
    {
        while (Time < time)
        {
            var moments = _lots.SelectMany(static lot => new[] { lot.AvailableAt, lot.EndsAt ?? int.MaxValue })
                .Concat(_holds.Values.Select(static hold => hold.Ends));
            Time = moments.Where(moment => moment > Time).Append(time).Min();
            Time = Math.Min(Time, time);
            Tick();
        }
    }

    public long ClaimOf(string lot) => Named(lot).Claim;

    public long OpenOf(string lot) => Named(lot).Tokens.Count - Named(lot).Undone;

    public void To(int time)
    {
        while (Time < time)
        {
            Time++;
            Tick();
        }
    }

    public void Grant(string name, int points, int availableAt, int? endsAt, bool slides = false)
    {
        var lot = new Lot(name, availableAt, endsAt) { Slides = slides };
        lot.Tokens.AddRange(Enumerable.Range(0, points).Select(_ => new Token(lot)));
        _lots.Add(lot);
        Tick();
    }

    public bool Spend(string name, int points) => Take(points) is { } tokens && Redeem(name, tokens);

    public bool Hold(string name, int points, int endsAt)
    {
        if (Take(points) is not { } tokens) return false;
        Set(tokens, State.Held);
        _holds[name] = (endsAt, tokens);
        return true;
    }

    public bool Commit(string name) => _holds.Remove(name, out var hold) && Redeem(name, hold.Tokens);

    /// <summary>What is left of a redemption to give back.</summary>
    public int RedeemedOf(string name) => _redeemed.GetValueOrDefault(name)?.Count ?? 0;

    /// <summary>Gives back the tokens used last, lot by lot; each lot pays its claim, then what is owed.</summary>
    public void Restore(string name, int points, int graceEndsAt)
    {
        var tokens = _redeemed[name];
        var back = tokens.GetRange(tokens.Count - points, points);
        tokens.RemoveRange(tokens.Count - points, points);
        back.Reverse();
        var lots = back.Select(static token => token.Lot).Distinct().ToList();
        foreach (var lot in lots.Where(lot => lot.EndsAt <= Time && !lot.HadGrace)) (lot.EndsAt, lot.HadGrace) = (graceEndsAt, true);
        Set(back, State.Available);
        foreach (var lot in lots)
        {
            if (policy != ReturnPolicy.OnlyPending) lot.Claim -= Flip(lot, State.Available, State.Reversed, lot.Claim);
            Repay(lot);
        }

        Tick();
    }

    public bool Lower(int points) => Take(points) is { } tokens && Set(tokens, State.Adjusted);

    /// <summary>Lots that slide and have not ended end later.</summary>
    public void Extend(int endsAt)
    {
        foreach (var lot in _lots.Where(lot => lot.Slides && lot.EndsAt > Time && lot.EndsAt < endsAt))
        {
            if (lot.Tokens.Exists(static token => token.State is State.Pending or State.Available or State.Held)) lot.EndsAt = endsAt;
        }

        Tick();
    }

    public bool Release(string name)
    {
        if (!_holds.Remove(name, out var hold)) return false;
        Set(hold.Tokens, State.Available);
        foreach (var lot in hold.Tokens.Select(static token => token.Lot).Distinct())
        {
            if (policy != ReturnPolicy.OnlyPending) lot.Claim -= Flip(lot, State.Available, State.Reversed, lot.Claim);
            Repay(lot);
        }

        Tick();
        return true;
    }

    public void Reverse(string name, long points)
    {
        var lot = Named(name);
        lot.Undone += points;
        points -= Flip(lot, State.Pending, State.Reversed, points);
        if (policy == ReturnPolicy.OnlyPending)
        {
            lot.Claim += points;
            return;
        }

        points -= Flip(lot, State.Available, State.Reversed, points);
        var ended = Math.Min(points, lot.Tokens.Count(static token => token.State == State.Expired));
        points -= ended;
        var others = Usable().Where(token => token.Lot != lot).Take((int)points).ToList();
        Set(others, State.Covered);
        points -= others.Count;
        if (policy == ReturnPolicy.Negative)
        {
            Opened += points;
            Owed += points;
            points = 0;
        }

        lot.Claim += points + ended;
    }

    private void Tick()
    {
        foreach (var name in _holds.Where(hold => hold.Value.Ends <= Time).Select(static hold => hold.Key).ToList()) Release(name);
        foreach (var lot in _lots.Where(lot => lot.AvailableAt <= Time))
        {
            if (Flip(lot, State.Pending, State.Available, long.MaxValue) > 0) Repay(lot);
        }

        foreach (var lot in _lots.Where(lot => lot.EndsAt <= Time)) Flip(lot, State.Available, State.Expired, long.MaxValue);
    }

    private void Repay(Lot lot) => Owed -= Flip(lot, State.Available, State.Repaid, Owed);

    private List<Token>? Take(int points)
    {
        var tokens = Usable().Take(points).ToList();
        return tokens.Count == points ? tokens : null;
    }

    private IEnumerable<Token> Usable() => _lots
        .OrderBy(static lot => lot.EndsAt ?? int.MaxValue)
        .SelectMany(static lot => lot.Tokens)
        .Where(static token => token.State == State.Available);

    private static long Flip(Lot lot, State from, State to, long most)
    {
        var flipped = 0L;
        foreach (var token in lot.Tokens.Where(token => token.State == from))
        {
            if (flipped == most) break;
            token.State = to;
            flipped++;
        }

        return flipped;
    }

    private bool Redeem(string name, List<Token> tokens)
    {
        _redeemed[name] = tokens;
        return Set(tokens, State.Spent);
    }

    private static bool Set(List<Token> tokens, State state)
    {
        foreach (var token in tokens) token.State = state;
        return true;
    }

    private Lot Named(string name) => _lots.Single(lot => lot.Name == name);

    private sealed class Lot(string name, int availableAt, int? endsAt)
    {
        public string Name { get; } = name;
        public int AvailableAt { get; } = availableAt;
        public int? EndsAt { get; set; } = endsAt;
        public bool Slides { get; init; }
        public bool HadGrace { get; set; }
        public List<Token> Tokens { get; } = [];
        public long Claim { get; set; }
        public long Undone { get; set; }
    }

    private sealed class Token(Lot lot)
    {
        public Lot Lot { get; } = lot;
        public State State { get; set; }
    }
}
