using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Serialization;
using Loyalty.Core.Tiers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Tiers;

/// <summary>
/// Who would have another tier if the tiers were defined otherwise. Every customer is settled under what is live and under the draft, by the very rules that
/// settle them after a publish; nothing is written. What is due already counts for both, so that only the definition makes the difference.
/// </summary>
public sealed class PreviewTiers(IDocumentStore store, IProgramSource programs, IClock clock)
{
    /// <summary>People shown of one move, at most.</summary>
    public const int MostShown = 100;

    private const int PageSize = 500;

    /// <summary>Reads every customer.</summary>
    /// <param name="draft">The tiers that are asked about; null: the program would have none.</param>
    /// <param name="shown">People shown of each move, 0 to <see cref="MostShown"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<TierPreviewView> PreviewAsync(TierPlan? draft, int shown = 5, CancellationToken cancellation = default)
    {
        var (program, now) = (programs.Current.Model, clock.GetCurrentInstant());
        var (live, zone) = (program.Tiers, program.TimeZone);
        var tally = new Tally(live, draft, Math.Clamp(shown, 0, MostShown));
        await foreach (var customer in store.ScanAsync<CustomerState>(Kinds.Customer, PageSize, cancellation))
        {
            if (customer.MergedInto is not null) continue;
            var days = customer.Qualifying ?? [];
            var from = TierPreview.TierUnder(live, customer.Tier, days, now, zone);
            var to = TierPreview.TierUnder(draft, customer.Tier, days, now, zone);
            tally.Add(customer.CustomerId, from, to, draft is null ? 0 : TierDecider.SumAt(days, draft, now.InZone(zone).Date));
        }

        return tally.Close(now) with { Notes = Notes(live, draft) };
    }

    /// <summary>What the figures do not say by themselves: from when on points count, and that nobody moves at the publish itself.</summary>
    private static ImmutableArray<string> Notes(TierPlan? live, TierPlan? draft)
    {
        if (draft is null) return live is null ? ["Neither what is live nor the draft has tiers."] : [];
        var notes = ImmutableArray.CreateBuilder<string>();
        if (live is null) notes.Add("The program has no tiers yet: with the publish everybody is in none.");
        if (draft.Measure == TierMeasure.Points && (live is not { Measure: TierMeasure.Points } || live.Wallet != draft.Wallet))
            notes.Add($"Points of the wallet '{draft.Wallet}' have not been counted for tiers: those that become usable from the publish on will be, what customers have now is not.");
        notes.Add(live is null
            ? "Each customer moves with the next thing that happens to them (an order, an event, points that become usable); who does nothing stays where they are."
            : "Each customer moves with the next thing that happens to them, at the latest at the end of their period.");
        return notes.ToImmutable();
    }

    private sealed class Tally(TierPlan? live, TierPlan? draft, int shown)
    {
        private readonly Dictionary<(string? From, string? To), Move> _moves = [];
        private long _customers;

        public void Add(string customerId, string? from, string? to, long sum)
        {
            _customers++;
            var move = _moves.GetValueOrDefault((from, to)) ?? (_moves[(from, to)] = new Move());
            move.Count++;
            if (from == to || shown == 0) return;
            // Those with the least hash: a sample that is the same every time and prefers nobody.
            move.Sample.Add(new TierSample(customerId, from, to, sum), Hashing.Draw("tier-preview", customerId));
            if (move.Sample.Count > shown) move.Sample.RemoveLast();
        }

        public TierPreviewView Close(Instant now)
        {
            // Of tiers that only one definition has, a rank says where they stand: that of the draft first.
            var moves = _moves.OrderBy(static one => one.Key.From ?? "", StringComparer.Ordinal).ThenBy(static one => one.Key.To ?? "", StringComparer.Ordinal).ToList();
            return new TierPreviewView
            {
                At = now,
                Customers = _customers,
                Up = Sum(static direction => direction > 0),
                Down = Sum(static direction => direction < 0),
                Stay = Sum(static direction => direction == 0),
                Tiers = [.. Names().Select(name => new TierCount(name, Count(one => one.From == name), Count(one => one.To == name)))],
                Moves = [.. moves.Where(static one => one.Key.From != one.Key.To).Select(static one => new TierMove(one.Key.From, one.Key.To, one.Value.Count))],
                Sample = [.. moves.SelectMany(static one => one.Value.Sample.All())],
            };

            long Sum(Func<int, bool> isIt) => moves.Where(one => isIt(Direction(one.Key.From, one.Key.To))).Sum(static one => one.Value.Count);

            long Count(Func<(string? From, string? To), bool> isIt) => moves.Where(one => isIt(one.Key)).Sum(static one => one.Value.Count);
        }

        /// <summary>None first, then the draft's tiers from the lowest, then those that it has no more.</summary>
        private IEnumerable<string?> Names() =>
            new string?[] { null }.Concat(draft?.Levels.Select(static level => level.Name) ?? []).Concat(live?.Levels.Select(static level => level.Name) ?? []).Distinct(StringComparer.Ordinal);

        private int Direction(string? from, string? to) => from == to ? 0 : Rank(to).CompareTo(Rank(from)) is var rank and not 0 ? rank : -1;

        /// <summary>A tier that the draft has no more stands where its threshold would.</summary>
        private long Rank(string? name)
        {
            if (name is null) return -1;
            var plan = draft?.IndexOf(name) >= 0 ? draft : live;
            return plan!.Levels[plan.IndexOf(name)].Threshold;
        }
    }

    private sealed class Move
    {
        public long Count { get; set; }
        public Least Sample { get; } = new();
    }

    /// <summary>The people with the least draws.</summary>
    private sealed class Least
    {
        private readonly List<(double Draw, TierSample One)> _all = [];

        public int Count => _all.Count;

        public void Add(TierSample one, double draw)
        {
            var place = _all.FindIndex(other => other.Draw > draw);
            _all.Insert(place < 0 ? _all.Count : place, (draw, one));
        }

        public void RemoveLast() => _all.RemoveAt(_all.Count - 1);

        public IEnumerable<TierSample> All() => _all.Select(static one => one.One);
    }
}

/// <summary>What a change of the tiers' definition would do.</summary>
public sealed record TierPreviewView
{
    /// <summary>When it was reckoned.</summary>
    public required Instant At { get; init; }

    /// <summary>Everybody who was looked at.</summary>
    public required long Customers { get; init; }

    /// <summary>How many would have a higher tier.</summary>
    public required long Up { get; init; }

    /// <summary>How many would have a lower one, or none.</summary>
    public required long Down { get; init; }

    /// <summary>How many keep theirs, those without one included.</summary>
    public required long Stay { get; init; }

    /// <summary>By tier, from none to the highest; tiers that the draft has no more come last.</summary>
    public required ImmutableArray<TierCount> Tiers { get; init; }

    /// <summary>Who goes from where to where, without those who stay.</summary>
    public required ImmutableArray<TierMove> Moves { get; init; }

    /// <summary>Some people of each move, the same ones every time.</summary>
    public required ImmutableArray<TierSample> Sample { get; init; }

    /// <summary>When people move and what is counted, in sentences.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>The people of one tier.</summary>
/// <param name="Tier">null: none.</param>
/// <param name="Now">Under what is live.</param>
/// <param name="Then">Under the draft.</param>
public sealed record TierCount(string? Tier, long Now, long Then);

/// <summary>Somebody who would move.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="From">null: none.</param>
/// <param name="To">null: none.</param>
/// <param name="Counts">What counts under the draft now: points, minor units or orders.</param>
public sealed record TierSample(string CustomerId, string? From, string? To, long Counts);
