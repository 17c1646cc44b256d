using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Loyalty.Storage.Cosmos.Tests")]
