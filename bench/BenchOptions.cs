using System.Globalization;

namespace Loyalty.Bench;

/// <summary>How long and where to measure.</summary>
internal sealed record BenchOptions
{
    /// <summary>On the disk that is to be measured; a RAM disk measures nothing. Default <c>artifacts/bench</c>.</summary>
    public string Folder { get; init; } = Path.Combine("artifacts", "bench");

    /// <summary>Seconds of each measurement. Default 10.</summary>
    public int Seconds { get; init; } = 10;

    /// <summary>HTTP connections of the load. Default 128.</summary>
    public int Connections { get; init; } = 128;

    public static BenchOptions Parse(string[] args)
    {
        var options = new BenchOptions();
        for (var i = 0; i + 1 < args.Length; i++)
        {
            options = args[i] switch
            {
                "--folder" => options with { Folder = args[i + 1] },
                "--seconds" => options with { Seconds = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--connections" => options with { Connections = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                _ => options,
            };
        }

        return options;
    }

    /// <summary>A fresh data file.</summary>
    public string Fresh(string name)
    {
        var folder = Path.Combine(Folder, name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        return Path.GetFullPath(Path.Combine(folder, "bench.db"));
    }
}
