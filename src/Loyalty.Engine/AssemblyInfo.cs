using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Loyalty.Engine.Tests")]
