using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Conditions;
using Loyalty.Core.Earning;
using Loyalty.Core.Offers;
using Loyalty.Core.Programs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Publishing;

/// <summary>A rule of the program that a publish changes.</summary>
/// <param name="Rule"><c>earning/NAME</c>, <c>game/NAME</c>, <c>offer/NAME</c>, <c>tiers</c> or <c>referrals</c>.</param>
/// <param name="From">Its live version; null: it is new.</param>
/// <param name="To">The version that is published; null: it is taken away.</param>
public sealed record RuleChange(string Rule, int? From, int? To);

/// <summary>
/// Versions of what grants points: earning rules, games, offers, tiers and referrals. A version goes up when what is published says something else than
/// before; comments, order and layout of the files say nothing. A name that was taken away goes on from its last version when it comes back.
/// </summary>
/// <remarks>
/// What is live is read again by the same loader and compared with what is to be: no text of a rule is kept, so that a new release that knows more keys
/// raises no version.
/// </remarks>
public static class RuleVersions
{
    /// <summary>The versions after a publish.</summary>
    /// <param name="known">Those before it, also of names that were taken away.</param>
    /// <param name="before">What is live; null: nothing is, or this release cannot read it.</param>
    /// <param name="after">What is published.</param>
    public static ImmutableSortedDictionary<string, int> Next(ImmutableSortedDictionary<string, int> known, LoyaltyProgram? before, LoyaltyProgram after)
    {
        var live = before is null ? [] : Texts(before);
        // Rules that were live before versions were counted had the first.
        foreach (var name in live.Keys.Where(name => !known.ContainsKey(name))) known = known.SetItem(name, 1);
        foreach (var (name, text) in Texts(after))
        {
            if (live.GetValueOrDefault(name) != text) known = known.SetItem(name, known.GetValueOrDefault(name) + 1);
        }

        return known;
    }

    /// <summary>What changes between two programs, by name.</summary>
    /// <inheritdoc cref="Next"/>
    public static ImmutableArray<RuleChange> Changes(ImmutableSortedDictionary<string, int> known, LoyaltyProgram? before, LoyaltyProgram after)
    {
        var (live, draft, next) = (before is null ? [] : Texts(before), Texts(after), Next(known, before, after));
        return
        [
            .. live.Keys.Union(draft.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Where(name => live.GetValueOrDefault(name) != draft.GetValueOrDefault(name))
                .Select(name => new RuleChange(
                    name,
                    live.ContainsKey(name) ? known.GetValueOrDefault(name, 1) : null,
                    draft.ContainsKey(name) ? next[name] : null)),
        ];
    }

    /// <summary>A model with the versions of its rules.</summary>
    public static ProgramModel Apply(ProgramModel model, ImmutableSortedDictionary<string, int> versions) => model with
    {
        Earning = model.Earning with { Rules = [.. model.Earning.Rules.Select(rule => rule with { Version = versions.GetValueOrDefault(OfRule(rule.Id), 1) })] },
        Games = [.. model.Games.Select(game => game with { Version = versions.GetValueOrDefault(OfGame(game.Name), 1) })],
        Tiers = model.Tiers is { } tiers ? tiers with { Version = versions.GetValueOrDefault(OfTiers, 1) } : null,
        Referrals = model.Referrals is { } referrals ? referrals with { Version = versions.GetValueOrDefault(OfReferrals, 1) } : null,
    };

    /// <summary>Offers with their versions.</summary>
    public static ImmutableSortedDictionary<string, OfferRule> Apply(
        ImmutableSortedDictionary<string, OfferRule> offers, ImmutableSortedDictionary<string, int> versions) =>
        offers.SetItems(offers.Select(one => KeyValuePair.Create(one.Key, one.Value with { Version = versions.GetValueOrDefault(OfOffer(one.Key), 1) })));

    private const string OfTiers = "tiers";
    private const string OfReferrals = "referrals";

    private static string OfRule(string name) => "earning/" + name;

    private static string OfGame(string name) => "game/" + name;

    private static string OfOffer(string name) => "offer/" + name;

    private static Dictionary<string, string> Texts(LoyaltyProgram program)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var rule in program.Model.Earning.Rules) texts[OfRule(rule.Id)] = Text(rule);
        foreach (var game in program.Model.Games) texts[OfGame(game.Name)] = Text(game with { Title = "" }, game.When?.Text);
        foreach (var (name, offer) in program.Offers) texts[OfOffer(name)] = Text(offer with { Title = "" });
        // Titles are for people and change nothing that is given.
        if (program.Model.Tiers is { } tiers) texts[OfTiers] = Text(tiers with { Levels = [.. tiers.Levels.Select(static level => level with { Title = "" })] });
        if (program.Model.Referrals is { } referrals) texts[OfReferrals] = Text(referrals);
        return texts;
    }

    /// <summary>Everything a rule says: a frozen copy leaves out what decides only whether it applies.</summary>
    private static string Text(EarningRule rule) => Text(
        rule, rule.When?.Text, rule.EveryNthOrder, rule.Channels, rule.Hours is { } hours ? $"{hours.Days} {hours.From:HH:mm} {hours.To:HH:mm}" : null, rule.Caps, rule.CoolDownDays, rule.IsOnce);

    private static string Text<T>(T rule, params object?[] more)
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(LoyaltyJson.Write(rule)));
        foreach (var part in more) text.Append('|').Append(Encoding.UTF8.GetString(LoyaltyJson.Write(part)));
        return text.ToString();
    }
}
