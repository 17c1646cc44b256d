namespace Loyalty.Engine.Tests.Programs;

/// <summary>The program folder of the repository.</summary>
internal static class ShippedProgram
{
    public static string Directory { get; } = SourceTree.File("program");
}
