namespace Loyalty.Bench;

/// <summary>What can be measured.</summary>
internal static class BenchHelp
{
    /// <summary>Every benchmark by name.</summary>
    public static readonly string[] Names = ["ingest", "apply", "steps", "turns", "ledger", "parked", "edits", "hostile", "simulate", "pacing", "midnight", "kills", "all"];

    public const string Text = """
        Measures the program on this machine. Figures and aims: docs/performance.md.

        Usage:  dotnet run -c Release --project bench -- [BENCH] [options]

        Benchmarks:
          ingest    signed orders over HTTP until they are durable, with and without the consumer
          apply     the same, with the consumer applying events alone
          steps     durable steps of the local engine
          turns     turns of runs in the store
          ledger    redemptions, beside PostgreSQL where it is installed
          parked    size of parked runs in the data file
          edits     publishing with 100,000 people inside
          hostile   files made to break the program's loader, each below a second
          simulate  generated people through every shipped journey, without a disk (minutes; not part of all)
          pacing    messages due at one moment against a quota of 1,000 a minute (minutes; not part of all)
          midnight  activation, expiry and tiers of 100,000 customers, killed three times (minutes; not part of all)
          kills     no measurement: one demo killed fifty times (minutes; not part of all)
          all       every one but apply, simulate, pacing, midnight and kills; this is the default

        Options:
          --folder DIR       on the disk to be measured; a RAM disk measures nothing. Default artifacts/bench
          --seconds N        seconds of each measurement, 1 to 600. Default 10
          --connections N    HTTP connections of the load, 1 to 4,096. Default 128
          --customers N      people of simulate and midnight (there at most 100,000), messages of pacing, 1 to 10,000,000. Default 1,000,000
          --only TEXT        of ledger: only the rows whose name contains this
          --peer none        ledger alone, without PostgreSQL
          -h, --help         this text
        """;
}
