using System.Globalization;

namespace Loyalty.Bench;

/// <summary>How long and where to measure.</summary>
internal sealed record BenchOptions
{
    /// <summary>On the disk that is to be measured; a RAM disk measures nothing. Default <c>artifacts/bench</c>.</summary>
    public string Folder { get; init; } = Path.Combine("artifacts", "bench");

    /// <summary>Seconds of each measurement, 1 to 600. Default 10.</summary>
    public int Seconds { get; init; } = 10;

    /// <summary>HTTP connections of the load, 1 to 4,096. Default 128.</summary>
    public int Connections { get; init; } = 128;

    /// <summary>People of the simulation, 1 to 10,000,000. Default 1,000,000.</summary>
    public int Customers { get; init; } = 1_000_000;

    /// <summary>Of the ledger: only the rows whose name contains this. null: every row.</summary>
    public string? Only { get; init; }

    /// <summary>Of the ledger: whether PostgreSQL is measured beside it. Default true.</summary>
    public bool HasPeer { get; init; } = true;

    /// <summary>Reads the command line.</summary>
    /// <param name="args">A benchmark's name, or none, and options.</param>
    /// <param name="what">The benchmark, <c>all</c> where none is named.</param>
    /// <param name="wrong">What cannot be understood.</param>
    /// <returns>null: something is wrong.</returns>
    public static BenchOptions? Parse(string[] args, out string what, out string? wrong)
    {
        (what, wrong) = ("all", null);
        var options = new BenchOptions();
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith('-'))
            {
                what = args[i];
                if (BenchHelp.Names.Contains(what, StringComparer.Ordinal)) continue;
                wrong = $"There is no benchmark '{what}'; there are {string.Join(", ", BenchHelp.Names)}.";
                return null;
            }

            var (name, value) = (args[i], i + 1 < args.Length ? args[++i] : null);
            if (options.With(name, value) is not { } read)
            {
                wrong = value is null ? $"{name} wants a value." : $"{name} {value}: not an option, or out of its range.";
                return null;
            }

            options = read;
        }

        return options;
    }

    private BenchOptions? With(string name, string? value) => (name, Whole(value)) switch
    {
        ("--folder", _) when value is { Length: > 0 } => this with { Folder = value },
        ("--seconds", >= 1 and <= 600 and var seconds) => this with { Seconds = seconds },
        ("--connections", >= 1 and <= 4096 and var connections) => this with { Connections = connections },
        ("--customers", >= 1 and <= 10_000_000 and var customers) => this with { Customers = customers },
        ("--peer", _) when value is "postgres" or "none" => this with { HasPeer = value == "postgres" },
        ("--only", _) when value is { Length: > 0 } => this with { Only = value },
        _ => null,
    };

    private static int Whole(string? value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole : -1;

    /// <summary>A fresh data file.</summary>
    public string Fresh(string name)
    {
        var folder = Path.Combine(Folder, name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        return Path.GetFullPath(Path.Combine(folder, "bench.db"));
    }
}
