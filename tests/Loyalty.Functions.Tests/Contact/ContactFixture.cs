using Loyalty.LocalHost.Program;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>The program with signed links and inbound mail.</summary>
public class ContactFixture : ProgramFixture
{
    public const string LinksUrl = "https://loyalty.shop.example/api";
    public const string LinkKey = "bG95YWx0eS1saW5rLWtleS1mb3ItdGVzdHMtMDAwMQ==";

    protected override ProgramHostOptions Adjust(ProgramHostOptions options)
    {
        var settings = new Dictionary<string, string?>(options.Settings, StringComparer.OrdinalIgnoreCase)
        {
            ["Links:Url"] = LinksUrl,
            ["Links:Keys:0"] = LinkKey,
            ["Connectors:Mail:Secrets:0"] = StandardSecret,
        };
        return options with { Settings = settings };
    }
}
