using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Engine.Ports;

namespace Loyalty.Engine.Runs;

/// <summary>What conditions and templates see besides the run: <c>customer.*</c> and <c>program.*</c>.</summary>
internal static class ProgramAttributes
{
    public static Func<string, AttributeValue> Lookup(CustomerSnapshot snapshot, LiveProgram program)
    {
        var customer = CustomerAttributes.Lookup(snapshot, program.Model);
        return path => path switch
        {
            "program.name" => program.SenderName ?? program.Model.Name,
            "program.url" => program.Url,
            "program.currency" => program.Model.Currency,
            "program.zone" => program.Model.Zone,
            "program.locale" => program.Model.Locale,
            _ => customer(path),
        };
    }
}
