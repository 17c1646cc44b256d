using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Loyalty.Core.Tests")]
