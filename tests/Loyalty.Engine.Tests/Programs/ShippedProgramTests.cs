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
        Assert.Equal(["not-bought", "refer", "repeat", "welcome"], load.Program.Journeys.Keys);
        Assert.Equal(["attract", "not-bought", "refer", "repeat"], load.Program.Journeys.Values.Select(j => j.Stage).Order());
    }
}
