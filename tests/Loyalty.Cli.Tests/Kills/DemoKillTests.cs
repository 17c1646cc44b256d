namespace Loyalty.Cli.Tests.Kills;

/// <summary>The demo's process is killed with SIGKILL again and again; whoever compares the figures afterwards does not see it.</summary>
[Collection(ReferenceDemoTests.Name)]
public sealed class DemoKillTests(ReferenceDemo reference)
{
    private const int Kills = 10;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Demo_KilledTenTimesAndStartedAgain_EqualsTheRunThatNobodyKilled(int seed)
    {
        var file = reference.Fresh($"killed-{seed}");

        var (result, kills) = await reference.Shop.RunAsync(file, Kills, seed, reference.Run);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(Kills, kills);
        await reference.AssertSameAsync(result.Output, file);
    }
}
