using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Loyalty.Cli.Tests")]
[assembly: InternalsVisibleTo("Loyalty.Cosmos.Shop")]
