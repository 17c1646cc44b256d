using Loyalty.Cli.CommandLine;

return await LoyaltyCommandLine.RunAsync(args);
