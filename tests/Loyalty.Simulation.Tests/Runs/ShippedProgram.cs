using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;

namespace Loyalty.Simulation.Tests.Runs;

/// <summary>The program in the repository's own folder.</summary>
internal static class ShippedProgram
{
    private static readonly string Folder = SourceTree.File("program");

    public static LiveProgram Live { get; } = Load().ToLive();

    /// <summary>The files, to be changed.</summary>
    public static Dictionary<string, ReadOnlyMemory<byte>> Files()
    {
        return Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(Folder, file).Replace('\\', '/'),
            static file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file),
            StringComparer.Ordinal);
    }

    public static LoyaltyProgram Load()
    {
        var load = ProgramLoader.Load(Folder);
        return load.Program ?? throw new ProgramException(load.Findings);
    }
}
