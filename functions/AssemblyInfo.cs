using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Loyalty.Functions.Tests")]
