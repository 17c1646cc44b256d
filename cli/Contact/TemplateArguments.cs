using System.CommandLine;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Journeys;

namespace Loyalty.Cli.Contact;

/// <summary>Arguments and options that <c>preview</c> and <c>send-test</c> share.</summary>
internal static class TemplateArguments
{
    public static Argument<string> Template() => new("TEMPLATE") { Description = "The template's name: its folder under templates, e.g. welcome." };

    public static Option<string?> Customer() => new("--customer")
    {
        Description = "Whose figures are shown: a customer id, an e-mail address or source:shop:id. Default: a sample customer.",
        HelpName = "CUSTOMER",
    };

    public static Option<string?> Locale(string otherwise) => new("--locale") { Description = $"A language, e.g. en or ru. Default: {otherwise}.", HelpName = "LOCALE" };

    public static Option<DirectoryInfo?> Draft() => new("--program")
    {
        Description = "A folder with a draft: its templates are shown instead of those that are live.",
        HelpName = "DIR",
    };

    /// <summary>The templates of a draft, as the routes take them; null: no draft is named.</summary>
    public static Dictionary<string, string?>? Files(DirectoryInfo? draft, string template)
    {
        if (draft is null) return null;
        var files = JourneyOptions.Read(JourneyOptions.DraftFolder(draft))
            // Others than this one and the parts it is made of would only make the request larger.
            .Where(file => file.Key.StartsWith($"templates/{template}/", StringComparison.Ordinal) || file.Key.StartsWith("templates/_", StringComparison.Ordinal))
            .ToDictionary(static file => file.Key, static file => (string?)Encoding.UTF8.GetString(file.Value.Span), StringComparer.Ordinal);
        return files.Count > 0 ? files : throw new UsageException($"{draft.FullName} has no templates/{template}.");
    }
}
