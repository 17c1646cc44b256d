using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>What a step that ended with a result leaves for <c>steps.NAME</c> beside its result and time.</summary>
internal static class StepLeavings
{
    /// <summary>Names of the values; empty for an unknown step.</summary>
    public static IEnumerable<string> Of(JourneyStep? step, string result) => (step, result) switch
    {
        (null, _) => [],
        (_, StepResults.Skipped or StepResults.Refused or StepResults.Withheld or StepResults.Expired or StepResults.NotSent or StepResults.Failed or StepResults.SoldOut) =>
            ["reason"],
        (JourneyStep.Award, StepResults.Awarded) => ["points"],
        (JourneyStep.Offer, StepResults.Issued) => ["code", "valid-until"],
        (JourneyStep.HumanTask, not StepResults.TooLate) => ["outcome"],
        (JourneyStep.WaitFor, not StepResults.TooLate) => ["event"],
        (JourneyStep.Repeat, _) => ["passes"],
        (JourneyStep.Wait { Rule: WaitRule.Until { Rule.Dates.IsEmpty: false } }, StepResults.Passed) => ["date"],
        _ => [],
    };

    /// <summary>The same as full paths.</summary>
    public static IEnumerable<string> Paths(JourneyStep? step, string name, string result) =>
        Of(step, result).Select(value => $"steps.{name}.{value}");
}
