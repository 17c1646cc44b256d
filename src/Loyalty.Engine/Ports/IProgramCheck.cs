using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Ports;

/// <summary>What must hold before publishing and only another part can tell, such as whether the templates compile.</summary>
public interface IProgramCheck
{
    /// <summary>All findings at once; empty: nothing is wrong.</summary>
    /// <param name="files">Templates and partials by path, as <see cref="ProgramLoad.Templates"/> has them; other files may have errors of their own.</param>
    /// <param name="defaultLocale">The program's first language; null: program.yaml does not tell.</param>
    IReadOnlyList<Finding> Check(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string? defaultLocale);
}
