using System.CommandLine;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Functions.Http;

namespace Loyalty.Cli.Customers;

/// <summary>What verbs about one customer share: find the place, find the person, show something.</summary>
internal static class CustomerLookup
{
    /// <summary>The id of whoever is known by a name of any kind; null: nobody.</summary>
    public static async Task<string?> FindIdAsync(ProgramApi api, string name, CancellationToken cancellation) =>
        (await api.FindAsync<CustomerView>("customers?external=" + Uri.EscapeDataString(name), cancellation))?.Id;

    /// <summary>Exit code 1 if nobody is known by the name.</summary>
    public static async Task<int> RunAsync(
        ApiOptions options,
        ParseResult parsed,
        Argument<string> customer,
        Func<ProgramApi, CustomerView, bool, CancellationToken, Task> show,
        CancellationToken cancellation)
    {
        var name = CustomerArgument.Checked(parsed.GetValue(customer));
        await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);

        // By whatever kind of name it is; the route does not mind.
        if (await api.FindAsync<CustomerView>("customers?external=" + Uri.EscapeDataString(name), cancellation) is not { } view)
        {
            await Console.Error.WriteLineAsync($"Nobody is known as '{name}' in {api.Where}.");
            return ExitCodes.Refused;
        }

        await show(api, view, options.AsJson(parsed), cancellation);
        return ExitCodes.Done;
    }
}
