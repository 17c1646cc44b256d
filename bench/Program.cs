using Loyalty.Bench;

if (args is [MidnightBench.Worker, var midnightFile]) return await MidnightBench.WorkAsync(midnightFile);
if (args.Any(static arg => arg is "--help" or "-h" or "-?" or "help"))
{
    Console.WriteLine(BenchHelp.Text);
    return 0;
}

if (BenchOptions.Parse(args, out var what, out var wrong) is not { } options)
{
    Console.Error.WriteLine(wrong);
    Console.Error.WriteLine("dotnet run --project bench -- --help tells what there is.");
    return 2;
}

Directory.CreateDirectory(options.Folder);
Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, folder {Path.GetFullPath(options.Folder)}");
if (what is "ingest" or "all") await IngestBench.RunAsync(options, false, true);
if (what is "apply") await IngestBench.RunAsync(options, true);
if (what is "steps" or "all") await StepsBench.RunAsync(options);
if (what is "turns" or "all") await TurnsBench.RunAsync(options);
if (what is "ledger" or "all") await LedgerBench.RunAsync(options);
if (what is "parked" or "all") await ParkedBench.RunAsync(options);
if (what is "edits" or "all") await EditsBench.RunAsync(options);
if (what is "hostile" or "all" && !HostileBench.Run()) return 1;

// Minutes long, so not part of all.
if (what is "simulate" && !SimulateBench.Run(options)) return 1;
if (what is "pacing" && !await PacingBench.RunAsync(options)) return 1;
if (what is "midnight" && !await MidnightBench.RunAsync(options)) return 1;
if (what is "kills" && !await KillBench.RunAsync(options)) return 1;
return 0;
