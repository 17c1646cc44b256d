using System.Collections.Immutable;

namespace Loyalty.Engine.Programs;

/// <summary>The files of a program's folder, as they are.</summary>
/// <param name="Files">Path below the folder → bytes; of a file that is too large, one byte more than may be.</param>
/// <param name="Findings">Files that cannot be read at all: links that lead nowhere, pipes, too many.</param>
public sealed record ProgramFolder(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files, ImmutableArray<Finding> Findings)
{
    /// <summary>Reads a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ProgramFolder Read(string directory)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(directory, path).Replace('\\', '/');
            if (!ProgramLoader.IsOurs(name)) continue;
            if (files.Count + findings.Count == ProgramLoader.MaxFiles)
            {
                findings.Clear();
                Tell(name, FindingCodes.TooLarge, $"the program has more than {ProgramLoader.MaxFiles} files", "remove what it does not need");
                return new ProgramFolder(ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty, findings.ToImmutable());
            }

            if (LengthOf(path) is not { } length) Tell(name, FindingCodes.Unreadable, "the link leads nowhere", "let it lead to a file, or remove it");
            else if (length == 0 && !IsPlain(path)) Tell(name, FindingCodes.Unreadable, "this is a pipe, a socket or a device, no file", "put a file in its place, or remove it");
            else files[name] = length == 0 ? ReadOnlyMemory<byte>.Empty : Bytes(path, length);
        }

        return new ProgramFolder(files, findings.ToImmutable());

        void Tell(string name, string code, string message, string remedy) => findings.Add(new Finding(FindingSeverity.Error, name, 1, 1, code, message, remedy));
    }

    /// <summary>Of the file that a path leads to; null: it leads nowhere, or in a circle.</summary>
    private static long? LengthOf(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is null) return file.Length;
        try
        {
            return file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// Who opens a pipe to read it waits until somebody writes; to open it for both does not wait (fifo(7)), and what can be read from any place is a file.
    /// </summary>
    private static bool IsPlain(string path)
    {
        if (OperatingSystem.IsWindows()) return true;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return stream.CanSeek;
        }
        catch (UnauthorizedAccessException)
        {
            // Nothing may be written here; it is taken for the empty file that it looks like.
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>One byte more than is read tells a file that is too large without holding all of it.</summary>
    private static byte[] Bytes(string path, long length)
    {
        using var stream = File.OpenRead(path);
        var bytes = new byte[Math.Min(length, YamlSource.MaxBytes + 1)];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
