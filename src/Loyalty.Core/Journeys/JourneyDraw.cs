namespace Loyalty.Core.Journeys;

/// <summary>The draws of a journey: they follow from (journey, salt, customer), so the same customer draws the same for ever.</summary>
public static class JourneyDraw
{
    /// <summary>True where this customer gets nothing from this journey and is measured.</summary>
    public static bool IsHeldOut(JourneyDefinition definition, string customerId) =>
        definition.Holdout > 0 && (decimal)Hashing.Draw("holdout", definition.Name, definition.DrawSalt, customerId) < definition.Holdout;

    /// <summary>The arm of a split. The step takes part in the key: else holdout and splits would fall on the same people.</summary>
    public static SplitArm Arm(JourneyDefinition definition, JourneyStep.Split step, RunState run)
    {
        var draw = (decimal)Hashing.Draw(
            "split", definition.Name, definition.DrawSalt, run.CustomerId, step.Name, step.ByRun ? run.RunId : "");
        foreach (var arm in step.Arms)
        {
            draw -= arm.Share;
            if (draw < 0) return arm;
        }

        return step.Arms[^1];
    }
}
