namespace Loyalty.Core.Journeys;

/// <summary>The draws of a journey: they follow from (journey, salt, customer), so the same customer draws the same for ever.</summary>
public static class JourneyDraw
{
    /// <summary>Stands for the step under which a held-out customer is recorded; no step can have this name.</summary>
    public const string HoldoutStep = "(holdout)";

    /// <summary>The recorded answer to the draw of a holdout.</summary>
    public const string Held = "held";

    /// <summary>The other one.</summary>
    public const string Free = "free";

    // No journey's salt can contain it.
    private const string GlobalSalt = "(program)";

    /// <summary>True where this customer gets nothing from this journey and is measured.</summary>
    public static bool IsHeldOut(JourneyDefinition definition, string customerId) =>
        definition.Holdout > 0 && (decimal)Hashing.Draw("holdout", definition.DrawSalt, customerId) < definition.Holdout;

    /// <summary>True where this customer belongs to the share whom no journey sends anything, so that all of them together can be measured.</summary>
    public static bool IsGloballyHeldOut(decimal share, string customerId) =>
        share > 0 && (decimal)Hashing.Draw("holdout", GlobalSalt, customerId) < share;

    /// <summary>The arm of a split. The step takes part in the key: else holdout and splits would fall on the same people.</summary>
    public static SplitArm Arm(JourneyDefinition definition, JourneyStep.Split step, RunState run)
    {
        var draw = Draw(definition, step, run);
        foreach (var arm in step.Arms)
        {
            draw -= arm.Share;
            if (draw < 0) return arm;
        }

        return step.Arms[^1];
    }

    /// <summary>The draw of a split, in [0, 1).</summary>
    public static decimal Draw(JourneyDefinition definition, JourneyStep.Split step, RunState run) => (decimal)Hashing.Draw(
        "split", definition.DrawSalt, run.CustomerId, step.Name, step.ByRun ? run.RunId : "");
}
