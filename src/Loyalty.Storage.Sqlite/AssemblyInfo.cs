using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Loyalty.Storage.Sqlite.Tests")]
