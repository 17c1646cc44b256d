using System.CommandLine;
using Loyalty.Cli.CommandLine;

namespace Loyalty.Cli.Customers;

/// <summary>How a customer is named on the command line.</summary>
internal static class CustomerArgument
{
    public static Argument<string> Create() => new("customer")
    {
        Description = "A customer id, an e-mail address, or <source>:<shop>:<id>, e.g. shopify:shop.example:207119551.",
    };

    /// <summary>The name as it was given; an empty one is wrong usage.</summary>
    public static string Checked(string? name) => string.IsNullOrWhiteSpace(name)
        ? throw new UsageException("The customer is empty: give an id, an e-mail address, or <source>:<shop>:<id>.")
        : name;
}
