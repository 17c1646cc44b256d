using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Earning;
using NodaTime;

namespace Loyalty.Core.Programs;

/// <summary>Something that must be put right before a program can be published.</summary>
/// <param name="Path">Where, e.g. <c>earning.rules[2].formula</c>.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Remedy">What to write instead.</param>
public sealed record ProgramFinding(string Path, string Problem, string Remedy);

/// <summary>What the rules of this folder rely on; a program with findings is not published.</summary>
public static class ProgramCheck
{
    private const int MostDays = 36_500;

    /// <summary>All findings at once; empty: the program can be published.</summary>
    public static ImmutableArray<ProgramFinding> Check(ProgramModel program)
    {
        var findings = ImmutableArray.CreateBuilder<ProgramFinding>();
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(program.Zone) is null)
            findings.Add(new ProgramFinding(
                "zone",
                $"'{program.Zone}' is no time zone.",
                "Write an IANA id such as Europe/Sofia."));
        if (program.Currency.Length != 3 || !program.Currency.All(char.IsAsciiLetterUpper))
            findings.Add(new ProgramFinding(
                "currency",
                $"'{program.Currency}' is no currency.",
                "Write an ISO 4217 code such as EUR."));
        CheckWallets(program, findings);
        CheckSignals(program.Signals, findings);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < program.Earning.Rules.Length; i++)
        {
            var rule = program.Earning.Rules[i];
            var path = $"earning.rules[{i.ToString(CultureInfo.InvariantCulture)}]";
            if (!ids.Add(rule.Id))
                findings.Add(new ProgramFinding(
                    $"{path}.id",
                    $"Two rules are called '{rule.Id}'.",
                    "Give each rule its own id."));
            CheckRule(program, rule, path, findings);
        }

        return findings.ToImmutable();
    }

    private static void CheckWallets(ProgramModel program, ImmutableArray<ProgramFinding>.Builder findings)
    {
        if (program.Wallet(WalletRule.Spendable) is null)
            findings.Add(new ProgramFinding(
                "wallets",
                "There is no wallet 'spendable'.",
                "Declare it; it is what customers redeem."));
        if (program.Wallets.Select(static wallet => wallet.Name).Distinct().Count() != program.Wallets.Length)
            findings.Add(new ProgramFinding("wallets", "Two wallets have the same name.", "Give each wallet its own name."));
    }

    private static void CheckSignals(SignalRules signals, ImmutableArray<ProgramFinding>.Builder findings)
    {
        Days("signals.reorder-at-least", signals.ReorderAtLeastDays, 1, findings);
        Days("signals.reorder-at-most", signals.ReorderAtMostDays, signals.ReorderAtLeastDays, findings);
        Days("signals.inactive-at-least", signals.InactiveAtLeastDays, 1, findings);
        Days("signals.inactive-after", signals.InactiveAfterDays ?? 1, 1, findings);
        Days("signals.reorder-after-one-order", signals.ReorderAfterOneOrderDays ?? 1, 1, findings);
        Days("signals.birthday-before", signals.BirthdayBeforeDays, 0, findings);
        foreach (var days in signals.PointsExpiringBeforeDays) Days("signals.points-expiring", days, 1, findings);
        if (signals.CartAbandonedAfterMinutes < 1)
            findings.Add(new ProgramFinding(
                "signals.cart-abandoned",
                "A cart cannot be abandoned at once.",
                "Write 1 minute or more."));
        if (signals.InactiveAfterIntervals is <= 0 or > 100)
            findings.Add(new ProgramFinding(
                "signals.inactive-after-intervals",
                "The number of intervals is out of range.",
                "Write a number above 0, at most 100."));
        if (signals.BirthdayAtHour is < 0 or > 23)
            findings.Add(new ProgramFinding("signals.birthday-at", "There is no such hour.", "Write 0 to 23."));
    }

    private static void CheckRule(ProgramModel program, EarningRule rule, string path, ImmutableArray<ProgramFinding>.Builder findings)
    {
        if (program.Wallet(rule.Wallet) is null)
            findings.Add(new ProgramFinding(
                $"{path}.wallet",
                $"There is no wallet '{rule.Wallet}'.",
                "Declare it under wallets, or name one of those."));
        if (rule.ValidUntil <= rule.ValidFrom)
            findings.Add(new ProgramFinding($"{path}.valid-until", "The rule ends before it begins.", "Write a later end."));
        if (rule.OnlyNthOrder < 1)
            findings.Add(new ProgramFinding($"{path}.only-nth-order", "Orders are counted from 1.", "Write 1 or more."));
        if (rule.MinimumMinor < 0)
            findings.Add(new ProgramFinding($"{path}.minimum", "The minimum is negative.", "Write 0 or more."));
        switch (rule.Formula)
        {
            case EarningFormula.PerAmount per when per.PointsPerUnit is <= 0 or > 100 || decimal.Round(per.PointsPerUnit, 4) != per.PointsPerUnit:
                findings.Add(new ProgramFinding(
                    $"{path}.formula",
                    "The points per unit are out of range.",
                    "Write a number above 0, at most 100, with at most 4 decimals."));
                break;
            case EarningFormula.PerAmount when rule.On == EarningTrigger.Registration:
                findings.Add(new ProgramFinding(
                    $"{path}.formula",
                    "A sign-up has no amount.",
                    "Use a fixed number of points."));
                break;
            case EarningFormula.Fixed constant when constant.Points is < 1 or > 1_000_000_000:
                findings.Add(new ProgramFinding(
                    $"{path}.formula",
                    "The points are out of range.",
                    "Write 1 to 1,000,000,000."));
                break;
        }

        CheckTerms(rule, path, findings);
    }

    private static void CheckTerms(EarningRule rule, string path, ImmutableArray<ProgramFinding>.Builder findings)
    {
        if (rule.Activation is ActivationRule.AfterPayment payment) Days($"{path}.available-at", payment.Days, 0, findings);
        if (rule.Activation is ActivationRule.AfterFulfilment fulfilment)
        {
            Days($"{path}.available-at", fulfilment.Days, 0, findings);
            Days($"{path}.available-at", fulfilment.AtLatestDaysAfterPayment ?? 0, 0, findings);
            if (rule.On == EarningTrigger.Registration)
                findings.Add(new ProgramFinding(
                    $"{path}.available-at",
                    "A sign-up is never fulfilled.",
                    "Use immediately or days after it."));
        }

        if (rule.Expiry is ExpiryRule.After after) Days($"{path}.expiry", after.Days, 0, findings);
    }

    private static void Days(string path, int days, int least, ImmutableArray<ProgramFinding>.Builder findings)
    {
        if (days < least || days > MostDays)
            findings.Add(new ProgramFinding(
                path,
                $"{days.ToString(CultureInfo.InvariantCulture)} days are out of range.",
                $"Write {least.ToString(CultureInfo.InvariantCulture)} to 36,500."));
    }
}
