using Loyalty.Bench;

// dotnet run -c Release --project bench -- [ingest|apply|steps|turns|ledger|parked|edits|all|kills] [--folder DIR] [--seconds N] [--connections N]
var what = args.FirstOrDefault(static arg => !arg.StartsWith('-')) ?? "all";
var options = BenchOptions.Parse(args);
Directory.CreateDirectory(options.Folder);
Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, folder {Path.GetFullPath(options.Folder)}");
if (what is "ingest" or "all") await IngestBench.RunAsync(options, false, true);
if (what is "apply") await IngestBench.RunAsync(options, true);
if (what is "steps" or "all") await StepsBench.RunAsync(options);
if (what is "turns" or "all") await TurnsBench.RunAsync(options);
if (what is "ledger" or "all") await LedgerBench.RunAsync(options);
if (what is "parked" or "all") await ParkedBench.RunAsync(options);
if (what is "edits" or "all") await EditsBench.RunAsync(options);

// Minutes long, so not part of all.
if (what is "kills" && !await KillBench.RunAsync(options)) return 1;
return 0;
