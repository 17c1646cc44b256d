using System.CommandLine;

namespace Loyalty.Cli.Customers;

/// <summary>How a customer is named on the command line.</summary>
internal static class CustomerArgument
{
    public static Argument<string> Create() => new("customer")
    {
        Description = "A customer id, an e-mail address, or <source>:<shop>:<id>, e.g. shopify:shop.example:207119551.",
    };
}
