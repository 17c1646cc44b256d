namespace Loyalty.Engine.Programs.Flow;

/// <summary>What only shows when the paths through journeys are followed. Asked of drafts; what is published already is not held to it.</summary>
internal static class FlowChecks
{
    /// <summary>Adds the findings of all journeys.</summary>
    public static void Check(ProgramContext context)
    {
        foreach (var journey in context.References.Loaded)
        {
            UnsetCheck.Check(journey, context);
            if (!journey.IsWhole) continue;
            TogetherCheck.Check(journey);
            CapCheck.Check(journey, context.Contact);
            BurstCheck.Check(journey);
        }

        LoopCheck.Check(context);
    }
}
