using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Offers;
using Loyalty.Core.Programs;
using Loyalty.Core.Referrals;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Referrals;
using NodaTime;

namespace Loyalty.Functions.Me;

/// <summary>A customer's own link for friends.</summary>
/// <param name="Code">What friends can type.</param>
/// <param name="Link">What friends can follow.</param>
/// <param name="Text">What both get, in the customer's language; null: nothing.</param>
public sealed record MeReferralView(string Code, string Link, string? Text);

/// <summary>What customers can have for points, and the codes they have.</summary>
/// <param name="Language">Of the texts.</param>
/// <param name="Rewards">Open now and not sold out, the cheapest first.</param>
/// <param name="Codes">The latest first, at most 100.</param>
public sealed record MeOffersView(string Language, ImmutableArray<MeRewardView> Rewards, ImmutableArray<MeCodeView> Codes);

/// <summary>Something that points buy.</summary>
/// <param name="Name">To claim it by.</param>
/// <param name="Title">As the program words it.</param>
/// <param name="Text">What it gives, in the customer's language.</param>
/// <param name="Price">Points.</param>
/// <param name="IsAffordable">The customer has as many.</param>
/// <param name="Until">The last day; null: it stays.</param>
/// <param name="Left">How many are left; null: as many as are asked for.</param>
public sealed record MeRewardView(string Name, string Title, string Text, long Price, bool IsAffordable, LocalDate? Until, long? Left);

/// <summary>A code of the customer.</summary>
/// <param name="Code">The code.</param>
/// <param name="Title">Of its offer.</param>
/// <param name="Text">What it gives, in the customer's language; null: its offer is no more.</param>
/// <param name="Status"><c>open</c>, <c>held</c>, <c>used</c>, <c>expired</c> or <c>void</c>.</param>
/// <param name="ValidUntil">null: it does not end.</param>
/// <param name="UsedAt">null: not used.</param>
public sealed record MeCodeView(string Code, string Title, string? Text, string Status, Instant? ValidUntil, Instant? UsedAt);

/// <summary>Offers and the referral link as their customer reads them.</summary>
public sealed class MeOffers(OfferQueries offers, ReferralLinks links, IProgramSource programs)
{
    /// <summary>Rewards and codes.</summary>
    public async Task<MeOffersView> OffersAsync(CustomerSnapshot snapshot, string language, CancellationToken cancellation)
    {
        var currency = programs.Current.Model.Currency;
        var available = snapshot.Wallets.FirstOrDefault(static wallet => wallet.Name == WalletRule.Spendable)?.Balances.Available ?? 0;
        var rewards = (await offers.RewardsAsync(cancellation)).Select(reward => new MeRewardView(
            reward.Name, reward.Title, TextOf(reward.Gives, reward.MinimumMinor, currency, language), reward.Price!.Value, reward.Price <= available, reward.Until, reward.LeftIsAtLeast == true ? null : reward.Left));
        var codes = (await offers.CodesAsync(snapshot.CustomerId, cancellation)).Where(static code => code.Code.Length > 0).Select(code => new MeCodeView(
            code.Code,
            code.Title,
            code.Gives is { } gift ? TextOf(gift, programs.Current.Offers.GetValueOrDefault(code.Offer)?.MinimumMinor, currency, language) : null,
            code.Status,
            code.ValidUntil,
            code.UsedAt));
        return new MeOffersView(language, [.. rewards], [.. codes]);
    }

    /// <summary>The link; null: the program has no referrals.</summary>
    public async Task<MeReferralView?> ReferralAsync(CustomerSnapshot snapshot, string language, CancellationToken cancellation)
    {
        if (programs.Current.Model.Referrals is not { } plan || await links.LinkAsync(snapshot.CustomerId, cancellation: cancellation) is not { } link) return null;
        return new MeReferralView(link.Code, link.Link, OfferTexts.Referral(TextOf(plan.Referrer, language), TextOf(plan.Friend, language), language));
    }

    private string? TextOf(ReferralReward? reward, string language) => reward switch
    {
        { Points: { } points } => Core.Ledger.LedgerTexts.Points(points, language),
        { Offer: { } name } when programs.Current.Offers.GetValueOrDefault(name) is { } offer => TextOf(offer.Gift, offer.MinimumMinor, programs.Current.Model.Currency, language),
        _ => null,
    };

    private string TextOf(OfferGift gift, long? minimum, string currency, string language)
    {
        var text = OfferTexts.Of(gift, currency, language, TitleOf);
        return minimum is { } minor ? $"{text} ({OfferTexts.Minimum(minor, currency, language)})" : text;
    }

    private string TitleOf(string name) =>
        programs.Current.Model.Tiers?.Levels.FirstOrDefault(level => level.Name == name)?.Title ?? programs.Current.Draws.GetValueOrDefault(name)?.Title ?? name;
}
