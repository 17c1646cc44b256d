using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Journeys;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Contact.Previews;
using Loyalty.Engine.Programs;
using Loyalty.Functions.Templates;
using NodaTime;

namespace Loyalty.Cli.Contact;

/// <summary><c>loyalty preview TEMPLATE</c>: a template as it would be read, in each language.</summary>
internal static class PreviewCommand
{
    /// <summary>Some mail programs cut a letter off above this.</summary>
    private const int ClippedFrom = 102 * 1024;

    public static Command Create()
    {
        var options = new ApiOptions();
        var template = TemplateArguments.Template();
        var customer = TemplateArguments.Customer();
        var locale = TemplateArguments.Locale("every language the template is written in");
        var draft = TemplateArguments.Draft();
        var folder = new Option<DirectoryInfo?>("--out") { Description = "Writes TEMPLATE.LOCALE.html and .txt (subject and text) there, to be opened in a browser.", HelpName = "FOLDER" };
        var command = options.AddTo(new Command(
            "preview",
            "Shows a template as it would be read: subject, text and HTML in each language, with a sample customer's values or a real one's. Nothing is sent. "
            + "Without --data and --url the templates of a folder are shown (--program, default: program in the current folder).\n\n"
            + "Example:  loyalty preview welcome --out previews   or   loyalty preview welcome --customer ann@example.com --data shop.db")
        {
            template, customer, locale, draft, folder,
        });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var name = parsed.GetValue(template)!;
            var request = new PreviewRequest { Customer = parsed.GetValue(customer), Locale = parsed.GetValue(locale) };
            TemplatePreview preview;
            if (options.NamesPlace(parsed) || request.Customer is not null)
            {
                await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
                request = request with { Files = TemplateArguments.Files(parsed.GetValue(draft), name) };
                preview = await api.PostAsync<TemplatePreview>($"templates/{Uri.EscapeDataString(name)}/preview", request, cancellation);
            }
            else if (OfFolder(parsed.GetValue(draft), name, request.Locale) is PreviewAnswer.Done done)
            {
                preview = done.Preview;
            }
            else
            {
                return ExitCodes.Refused;
            }

            if (parsed.GetValue(folder) is { } target) await WriteAsync(target, preview, cancellation);
            if (options.AsJson(parsed)) await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(preview)));
            else await Console.Out.WriteAsync(Text(preview));
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>A program's folder needs no data file; what is wrong with it is told as findings.</summary>
    private static PreviewAnswer? OfFolder(DirectoryInfo? draft, string template, string? locale)
    {
        var load = ProgramLoader.Load(JourneyOptions.Read(JourneyOptions.DraftFolder(draft)));
        if (load.Program is null) throw new ProgramException(load.Findings);
        var program = load.Program.ToLive() with { Files = load.Program.Files, DefaultLocale = load.Program.DefaultLocale };
#pragma warning disable RS0030 // A preview without a data file has no clock of its own.
        var now = SystemClock.Instance.GetCurrentInstant();
#pragma warning restore RS0030
        var answer = TemplatePreviews.Show(program, new TemplateRenderers().Of(program), template, locale, customer: null, showsPerson: true, links: null, now);
        if (answer is PreviewAnswer.Refused refused) Console.Error.WriteLine(refused.Detail);
        return answer;
    }

    private static async Task WriteAsync(DirectoryInfo folder, TemplatePreview preview, CancellationToken cancellation)
    {
        folder.Create();
        foreach (var message in preview.Messages)
        {
            var path = Path.Combine(folder.FullName, $"{preview.Template}.{message.Locale}");
            await File.WriteAllTextAsync(path + ".html", message.Html, cancellation);
            await File.WriteAllTextAsync(path + ".txt", $"Subject: {message.Subject}\n\n{message.Text}\n", cancellation);
        }
    }

    private static string Text(TemplatePreview preview)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{preview.Template}, from {preview.From}, values of {preview.Customer ?? "the sample customer"}; sent by {(preview.UsedBy.IsEmpty ? "no journey" : string.Join(", ", preview.UsedBy))}");
        var empty = preview.Values.Where(static one => one.Source == "empty").Select(static one => one.Path).ToList();
        if (empty.Count > 0) text.AppendLine(CultureInfo.InvariantCulture, $"Empty for this customer: {string.Join(", ", empty)}");
        foreach (var message in preview.Messages)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"== {message.Locale}: {message.Subject}  ({message.HtmlBytes:N0} bytes of HTML)");
            if (message.HtmlBytes > ClippedFrom) text.AppendLine("   more than 102 KB: some mail programs cut it off");
            text.AppendLine(message.Text.TrimEnd());
        }

        return text.ToString();
    }
}
