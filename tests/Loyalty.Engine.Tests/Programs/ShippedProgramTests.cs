using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

public sealed class ShippedProgramTests
{
    [Fact]
    public void Load_ShippedProgram_HasNoFindings()
    {
        var load = ProgramLoader.Load(ShippedProgram.Directory);

        Assert.Empty(load.Findings);
        Assert.NotNull(load.Program);
        Assert.Equal(["birthday", "cart", "not-bought", "points-expiring", "refer", "repeat", "replenish", "tyres", "welcome", "win-back"], load.Program.Journeys.Keys);
        Assert.Equal(["attract", "not-bought", "refer", "repeat", "service"], load.Program.Journeys.Values.Select(j => j.Stage).Distinct().Order());
    }
}
