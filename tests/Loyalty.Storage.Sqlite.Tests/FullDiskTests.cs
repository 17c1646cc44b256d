using System.Diagnostics;
using System.Runtime.InteropServices;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>
/// A process that writes while the disk takes nothing more, and after there is room again. The disk is full for that process alone: the system lets it make no file
/// longer than so much, and cuts the write that would.
/// </summary>
public sealed class FullDiskTests
{
    /// <summary>The log of the writer's file grows by no more than this, bytes: the next commit of several ends in the middle of a page.</summary>
    private const long Room = 10_001;

    /// <summary>Many times what each part of the test waits for.</summary>
    private const int MostLines = 50_000;

    private static readonly ManualClock Clock = new(Instant.FromUtc(2026, 3, 1, 12, 0));

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(32)]
    public async Task DiskIsFull_WritesAreRefusedAndNothingAnsweredIsLost_ItGoesOnWhenThereIsRoom(int writers)
    {
        await using var file = new TemporaryFile();
        using Process child = Start(file.Path, writers);
        using var end = new KillAtEnd(child);
        var kept = new List<string>();
        var refused = new List<string>();
        await ReadUntilAsync(() => kept.Count >= 100);

        Limit(child, new FileInfo(file.Path + "-wal").Length + Room);
        await ReadUntilAsync(() => refused.Count >= 200);
        int whileFull = kept.Count;

        Limit(child, long.MaxValue);
        await ReadUntilAsync(() => kept.Count >= whileFull + 200);
        child.Kill();
        while (await child.StandardOutput.ReadLineAsync() is { } line)
        {
            Note(line);
        }

        await child.WaitForExitAsync();
        HashSet<string> present = await PairedDocuments.ReadIdsAsync(await file.OpenStoreAsync(Clock));
        Assert.Superset(kept.ToHashSet(StringComparer.Ordinal), present);
        Assert.DoesNotContain(refused, present.Contains);
        PairedDocuments.AssertNoneIsHalf(present);
        Assert.Equal("ok", file.Open().Read(session => session.QueryString("PRAGMA integrity_check")));

        async Task ReadUntilAsync(Func<bool> isEnough)
        {
            for (int read = 0; !isEnough(); read++)
            {
                Assert.True(read < MostLines, $"{kept.Count} kept and {refused.Count} refused, and no end of it.");
                Note(await child.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The child ended: " + await child.StandardError.ReadToEndAsync()));
            }
        }

        void Note(string line)
        {
            string[] parts = line.Split(' ');
            (parts[0] == "kept" ? kept : refused).Add(parts[1]);
        }
    }

    /// <summary>A process is ended by the signal for files that are too long unless it ignores it, which the shell does for it.</summary>
    private static Process Start(string path, int writers)
    {
        string child = Path.Combine(AppContext.BaseDirectory, "Loyalty.Storage.Sqlite.Crash.dll");
        var start = new ProcessStartInfo("/bin/sh", ["-c", "trap '' XFSZ; exec dotnet exec \"$0\" endure \"$1\" \"$2\"", child, path, $"{writers}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
    }

    private static void Limit(Process process, long bytes)
    {
        const int FileSize = 1;
        Assert.True(GetLimit(process.Id, FileSize, 0, out Bounds bounds) == 0, "prlimit: " + Marshal.GetLastPInvokeErrorMessage());
        bounds.Soft = (ulong)Math.Min((ulong)bytes, bounds.Hard);
        Assert.True(SetLimit(process.Id, FileSize, in bounds, 0) == 0, "prlimit: " + Marshal.GetLastPInvokeErrorMessage());
    }

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int process, int what, nint none, out Bounds bounds);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int process, int what, in Bounds bounds, nint none);

    private sealed class LinuxTheoryAttribute : TheoryAttribute
    {
        public LinuxTheoryAttribute() => Skip = OperatingSystem.IsLinux() ? null : "only Linux limits how long the files of another process may be";
    }

    /// <summary>It would write for ever.</summary>
    private sealed class KillAtEnd(Process process) : IDisposable
    {
        public void Dispose() => process.Kill();
    }

    /// <summary><c>struct rlimit</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Bounds
    {
        public ulong Soft;
        public ulong Hard;
    }
}
