using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;

namespace Loyalty.Simulation.Tests.Runs;

/// <summary>The program in the repository's own folder.</summary>
internal static class ShippedProgram
{
    public static LiveProgram Live { get; } = Load().ToLive();

    /// <summary>The files, to be changed.</summary>
    public static Dictionary<string, ReadOnlyMemory<byte>> Files()
    {
        var root = Root();
        return Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(root, file).Replace('\\', '/'),
            static file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file),
            StringComparer.Ordinal);
    }

    public static LoyaltyProgram Load()
    {
        var load = ProgramLoader.Load(Root());
        return load.Program ?? throw new ProgramException(load.Findings);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LoyaltyFunctions.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "program");
    }
}
