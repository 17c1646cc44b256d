using Loyalty.LocalHost.Hosting;

namespace Loyalty.LocalHost.Program;

/// <summary>Finds the host that runs on a data file.</summary>
public static class RunningHost
{
    /// <summary>Where it can be asked; null: nobody owns the file, or who does left no word.</summary>
    /// <exception cref="HostStartException">The file cannot be read.</exception>
    public static HostSpot? Find(string dataFile)
    {
        // Reading needs no more than this, also where nothing can be written.
        var database = FunctionHost.OpenDatabase(dataFile, readOnly: true);
        try
        {
            return HostSpot.Find(dataFile, database.ReadOwner());
        }
        finally
        {
            database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
