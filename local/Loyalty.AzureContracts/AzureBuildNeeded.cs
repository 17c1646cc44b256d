namespace Loyalty.AzureContracts;

/// <summary>What a type of this assembly says when it is asked to talk to Azure.</summary>
internal static class AzureBuildNeeded
{
    public static InvalidOperationException For(string what) => new(
        $"{what} talks to Azure and this build has no Azure packages. Build with -p:AzurePackages=true, or register a "
            + $"local implementation.");
}
