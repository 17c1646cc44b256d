using Loyalty.Cli.Tests.Kills;
using Loyalty.Cli.Tests.Stores;

namespace Loyalty.Cli.Tests.Operations;

/// <summary><c>loyalty doctor</c> and <c>loyalty dlq</c> on the file of a shop that was played.</summary>
public sealed class OperationsCommandTests(SqliteShop shop) : IClassFixture<SqliteShop>
{
    private string File => shop.File("sqlite", "demo.db");

    [Fact]
    public async Task Doctor_PlayedShop_IsHealthy()
    {
        var result = await LoyaltyProcess.RunAsync(null, "doctor", "--data", File);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains("ok    books-balance", result.Output, StringComparison.Ordinal);
        Assert.Contains("ok    no-dead-letters", result.Output, StringComparison.Ordinal);
        Assert.Contains("Healthy at ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dlq_NothingThere_SaysSo()
    {
        var list = await LoyaltyProcess.RunAsync(null, "dlq", "list", "--data", File);
        Assert.Equal((0, "No dead letters.\n"), (list.ExitCode, list.Output));
        var replay = await LoyaltyProcess.RunAsync(null, "dlq", "replay", "1", "--data", File);
        Assert.Equal(1, replay.ExitCode);
        Assert.Contains("There is no dead letter 1.", replay.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("doctor", "--overdue-minutes", "0")]
    [InlineData("doctor", "--url", "shop", "--key", "k")]
    [InlineData("dlq", "list", "--key", "k")]
    public async Task Operations_WrongUsage_ExitsWithTwo(params string[] arguments) =>
        Assert.Equal(2, (await LoyaltyProcess.RunAsync(null, arguments)).ExitCode);
}
