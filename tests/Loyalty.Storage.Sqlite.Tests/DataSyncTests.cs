using System.Text;

namespace Loyalty.Storage.Sqlite.Tests;

public sealed class DataSyncTests
{
    [Fact]
    public async Task Open_File_IsSynchronizedWhereTheSystemCan()
    {
        await using var file = new TemporaryFile();
        await File.WriteAllTextAsync(file.Path, "log");
        int descriptor = Open(file.Path);
        Assert.Equal(OperatingSystem.IsLinux(), descriptor != DataSync.None);
        Assert.Equal(OperatingSystem.IsLinux(), DataSync.TrySync(descriptor));
        DataSync.Close(descriptor);
    }

    [Fact]
    public async Task Open_NoFile_IsNone()
    {
        await using var file = new TemporaryFile();
        Assert.Equal(DataSync.None, Open(file.Path));
        Assert.False(File.Exists(file.Path));
    }

    /// <summary>What cannot be synchronized must fail the commit, so it must be told.</summary>
    [Fact]
    public void TrySync_NoFile_IsFalse() => Assert.False(DataSync.TrySync(DataSync.None));

    private static unsafe int Open(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return DataSync.Open(name);
        }
    }
}
