namespace Loyalty.Engine.Tests.Programs;

/// <summary>Finds the program folder of the repository.</summary>
internal static class ShippedProgram
{
    public static string Directory
    {
        get
        {
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            {
                if (File.Exists(Path.Combine(at.FullName, "LoyaltyFunctions.sln"))) return Path.Combine(at.FullName, "program");
            }

            throw new DirectoryNotFoundException("The folder of LoyaltyFunctions.sln was not found above the tests.");
        }
    }
}
