using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Loyalty.Cli.Tests")]
