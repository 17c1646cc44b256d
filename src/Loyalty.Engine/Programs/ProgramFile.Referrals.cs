using System.Collections.Immutable;
using Loyalty.Core.Referrals;

namespace Loyalty.Engine.Programs;

/// <content>Referrals.</content>
internal sealed partial class ProgramFile
{
    private static readonly string[] Outcomes = ["allow", "hold", "refuse"];
    private readonly List<SourceNode.Scalar> _rewardOffers = [];

    public ReferralPlan? Referrals { get; private set; }

    /// <summary>Reports rewards that are offers which offers.yaml does not have.</summary>
    public void CheckRewards(IEnumerable<string> offers)
    {
        foreach (var offer in _rewardOffers.Where(offer => !offers.Contains(offer.Text)))
            _findings.Error(offer, FindingCodes.UnknownOffer, $"there is no offer '{MapReader.Clip(offer.Text)}'", MapReader.Suggest(offer.Text, offers));
    }

    private void ReadReferrals(MapReader top)
    {
        if (top.Map("referrals") is not { } map) return;
        var reader = new MapReader(
            map, _findings, "referrals", ProgramSyntax.Referrals.Names);
        var link = reader.Scalar("link");
        if (link is not null && !(link.Text.Contains("{code}", StringComparison.Ordinal) && Uri.TryCreate(link.Text.Replace("{code}", "x", StringComparison.Ordinal), UriKind.Absolute, out var address) && address.Scheme is "https" or "http"))
            _findings.Error(link, FindingCodes.BadValue, $"'{MapReader.Clip(link.Text)}' is no link of a referral", "write it whole, with {code}, e.g. https://shop.example/?ref={code}");
        if (link is null && Url is null) _findings.Error(map, FindingCodes.Missing, "referrals lack 'link', and the program has no url", "add link: https://shop.example/?ref={code}");
        var (friend, isAtJoin) = ReadReward(reader, "friend", hasMoment: true);
        var (referrer, _) = ReadReward(reader, "referrer", hasMoment: false);
        if (friend is null && referrer is null && !reader.Has("friend") && !reader.Has("referrer"))
            _findings.Error(map, FindingCodes.Missing, "referrals give nobody anything", "add friend: { points: 100 } or referrer: { points: 300 }");
        Referrals = new ReferralPlan
        {
            Link = link?.Text ?? $"{Url}/?ref={{code}}",
            MinimumMinor = ReadMoney(reader, "minimum") ?? 0,
            ReturnDays = ReadDays(reader, "return-window") ?? 14,
            VoidDays = ReadDays(reader, "void-within") ?? 90,
            ClickDays = ReadDays(reader, "click-window") ?? 30,
            Friend = friend,
            IsFriendAtJoin = isAtJoin,
            Referrer = referrer,
            PerReferrer = reader.Integer("per-referrer", 1, 1000) ?? 10,
            PerNetwork = reader.Integer("per-network", 1, 1000) ?? 5,
            Checks = ReadChecks(reader),
        };
    }

    private (ReferralReward? Reward, bool IsAtJoin) ReadReward(MapReader referrals, string side, bool hasMoment)
    {
        if (referrals.Map(side) is not { } map) return (null, false);
        var reader = new MapReader(map, _findings, $"what the {side} gets", (hasMoment ? ProgramSyntax.Friend : ProgramSyntax.Referrer).Names);
        var points = reader.Integer("points", 1, 1_000_000_000);
        var offer = reader.Scalar("offer");
        if (offer is not null) _rewardOffers.Add(offer);
        var isAtJoin = hasMoment && reader.OneOf("at", required: false, "join", "qualify") == "join";
        if (reader.Has("points") == reader.Has("offer"))
        {
            _findings.Error(map, FindingCodes.BadValue, $"what the {side} gets is points or an offer, one of the two", "write { points: 300 } or { offer: NAME }");
            return (null, false);
        }

        return (new ReferralReward(points, offer?.Text), isAtJoin);
    }

    private ImmutableSortedDictionary<string, ReferralOutcome> ReadChecks(MapReader reader)
    {
        var checks = ImmutableSortedDictionary.CreateBuilder<string, ReferralOutcome>(StringComparer.Ordinal);
        foreach (var (reason, value) in reader.Map("checks")?.Entries ?? [])
        {
            if (!ReferralReasons.Defaults.ContainsKey(reason.Text))
                _findings.Error(reason, FindingCodes.UnknownKey, $"there is no check '{MapReader.Clip(reason.Text)}'", MapReader.Suggest(reason.Text, ReferralReasons.Defaults.Keys));
            else if (value is SourceNode.Scalar outcome && Outcomes.Contains(outcome.Text)) checks[reason.Text] = (ReferralOutcome)Array.IndexOf(Outcomes, outcome.Text);
            else _findings.Error(value, FindingCodes.BadValue, $"this does not say what '{reason.Text}' leads to", "write allow, hold or refuse");
        }

        return checks.ToImmutable();
    }
}
