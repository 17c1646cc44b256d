using System.Runtime.InteropServices;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// <c>fdatasync</c> of Linux: what a file holds and what is needed to read it again, its length and where it lies, but not the time of its last change. That time
/// alone makes <c>fsync</c> commit the file system's own journal each time. Elsewhere there is none.
/// </summary>
/// <remarks>A descriptor of one's own reports whatever could not be written since it was opened. SQLite locks the file of pages and the log's index, never the log,
/// so that closing it drops no lock.</remarks>
internal static unsafe class DataSync
{
    /// <summary>The descriptor where there is none: what cannot be opened is synchronized as SQLite does.</summary>
    public const int None = -1;

    private const int ReadWrite = 2;

    /// <summary>A program that is started while the file is open does not get it. The number is the same on all processors .NET runs on.</summary>
    private const int CloseOnExecute = 0x80000;

    public static int Open(byte* name) => OperatingSystem.IsLinux() ? OpenFile(name, ReadWrite | CloseOnExecute) : None;

    public static bool TrySync(int descriptor) => SyncData(descriptor) == 0;

    public static void Close(int descriptor)
    {
        if (descriptor != None)
        {
            _ = CloseFile(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFile(byte* name, int flags);

    [DllImport("libc", EntryPoint = "fdatasync", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SyncData(int descriptor);

    [DllImport("libc", EntryPoint = "close", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseFile(int descriptor);
}
