using System.Globalization;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Privacy;
using Microsoft.Extensions.Configuration;
using NodaTime;

namespace Loyalty.Functions.Settings;

/// <summary>The settings <c>Privacy__…</c>.</summary>
internal static class PrivacySettings
{
    /// <summary>The periods.</summary>
    public static RetentionRules Retention(IConfiguration configuration, List<string> findings)
    {
        var fallback = RetentionRules.Default;
        return new RetentionRules
        {
            Intake = Days("Intake", fallback.Intake, 7, 90),
            Kept = Days("Kept", fallback.Kept, 1, 90),
            Messages = Days("Messages", fallback.Messages, 30, 3650),
            Feedback = Days("Feedback", fallback.Feedback, 30, 3650),
            Audit = Days("Audit", fallback.Audit, 90, 3650),
            Runs = Days("Runs", fallback.Runs, 400, 3650),
            Orders = DaysOrNone("Orders", 400, 3650),
            Inactive = DaysOrNone("Inactive", 365, 3650),
        };

        Duration? DaysOrNone(string kind, int least, int most) =>
            configuration[$"Privacy:Retention:{kind}Days"] is { Length: > 0 } ? Days(kind, Duration.FromDays(most), least, most) : null;

        Duration Days(string kind, Duration usual, int least, int most)
        {
            if (configuration[$"Privacy:Retention:{kind}Days"] is not { Length: > 0 } text) return usual;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days >= least && days <= most) return Duration.FromDays(days);
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"Privacy__Retention__{kind}Days is '{text}'; expected {least} to {most} days, e.g. Privacy__Retention__{kind}Days={usual.Days}"));
            return usual;
        }
    }

    /// <summary>What is wrong with the master key's setting.</summary>
    public static void Check(IConfiguration configuration, List<string> findings)
    {
        if (MasterKeys.Problem(configuration["Privacy:MasterKey"]) is { } problem) findings.Add(problem);
    }
}
