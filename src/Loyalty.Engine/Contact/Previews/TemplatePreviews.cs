using System.Collections.Immutable;
using System.Text;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Runs;
using NodaTime;

namespace Loyalty.Engine.Contact.Previews;

/// <summary>
/// Shows templates before anybody gets them, with a sample customer or a real one. Links lead to pages of nobody: what is shown or tried out can be pressed, and
/// changes nobody's choices. A real customer's name and addresses are shown to those only who may read them elsewhere.
/// </summary>
public sealed class TemplatePreviews(IProgramSource programs, ITemplateRenderers renderers, CustomerQueries queries, ContactServices contact, IClock clock)
{
    private const string Folder = "templates/";
    private const int MostFiles = 100;
    private const int MostFileBytes = 256 * 1024;

    /// <summary>What a person is called and reached by.</summary>
    private static readonly ImmutableHashSet<string> Personal =
        ["customer.first-name", "customer.last-name", "customer.name", "customer.email", "customer.phone", "customer.birthday"];

    /// <summary>Every template that is live.</summary>
    public ImmutableArray<TemplateSummary> List()
    {
        var program = programs.Current;
        return [.. Named(program.Files.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => new TemplateSummary(name, Locales(program, name), UsedBy(program, name)))];
    }

    /// <summary>Shows a template.</summary>
    /// <param name="template">Its name.</param>
    /// <param name="request">With what.</param>
    /// <param name="showsPerson">The caller may read names and addresses of customers; else the sample's stand in their place.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<PreviewAnswer> PreviewAsync(string template, PreviewRequest request, bool showsPerson, CancellationToken cancellation = default)
    {
        var program = programs.Current;
        if (Overlay(program, request.Files, out var wrong) is not { } drafted) return new PreviewAnswer.Refused(RefusalCode.InvalidField, wrong!);
        CustomerSnapshot? customer = null;
        if (!string.IsNullOrWhiteSpace(request.Customer))
        {
            var id = await queries.FindAsync(request.Customer, cancellation);
            customer = id is null ? null : await queries.GetAsync(id, cancellation);
            if (customer is null) return new PreviewAnswer.Refused(RefusalCode.NotFound, "Nobody is known by this name.");
        }

        return Show(drafted, renderers.Of(drafted), template, request.Locale, customer, showsPerson, contact.Links, clock.GetCurrentInstant());
    }

    /// <summary>Shows a template of any program.</summary>
    /// <param name="program">Its files are rendered.</param>
    /// <param name="renderer">Renders them.</param>
    /// <param name="template">Its name.</param>
    /// <param name="locale">null: each language.</param>
    /// <param name="customer">null: the sample customer.</param>
    /// <param name="showsPerson">See <see cref="PreviewAsync"/>.</param>
    /// <param name="links">null: the program has no pages; links are shown as mails to the shop.</param>
    /// <param name="now">The moment.</param>
    public static PreviewAnswer Show(
        LiveProgram program, IMessageRenderer renderer, string template, string? locale, CustomerSnapshot? customer, bool showsPerson, ContactLinks? links, Instant now)
    {
        var written = Locales(program, template);
        if (written.IsEmpty || template.StartsWith('_')) return new PreviewAnswer.Refused(RefusalCode.NotFound, $"There is no template '{template}'.");
        if (locale is not null && locale.Length > 35) return new PreviewAnswer.Refused(RefusalCode.InvalidField, "locale: a language tag such as en or pt-BR was expected.");
        var variables = Variables(program, template);
        var messages = ImmutableArray.CreateBuilder<PreviewMessage>();
        ImmutableArray<PreviewValue> told = [];
        try
        {
            foreach (var one in locale is null ? written : [locale])
            {
                var values = Values(program, template, variables, one, customer, showsPerson, links, now, out told);
                var rendered = renderer.Render(template, one, values);
                messages.Add(new PreviewMessage(rendered.Locale, rendered.Subject, rendered.Html, rendered.Text, Encoding.UTF8.GetByteCount(rendered.Html)));
            }
        }
        catch (TemplateException broken)
        {
            return new PreviewAnswer.Refused(RefusalCode.ProgramInvalid, broken.Message);
        }

        return new PreviewAnswer.Done(new TemplatePreview(
            template, program.SenderName is { } name ? $"{name} <{program.SenderAddress}>" : program.SenderAddress, customer?.CustomerId, UsedBy(program, template), told, messages.ToImmutable()));
    }

    private static Dictionary<string, AttributeValue> Values(
        LiveProgram program,
        string template,
        ImmutableArray<string> variables,
        string locale,
        CustomerSnapshot? customer,
        bool showsPerson,
        ContactLinks? links,
        Instant now,
        out ImmutableArray<PreviewValue> told)
    {
        var sample = new SampleValues(program, locale, now);
        Func<string, AttributeValue>? real = customer is null ? null : ProgramAttributes.Of(customer, program, now).Look;
        var values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        var sources = ImmutableArray.CreateBuilder<PreviewValue>();
        foreach (var path in variables)
        {
            var (value, source) = Value(path);
            values[path] = value;
            sources.Add(new PreviewValue(path, value is AttributeValue.Unset ? "empty" : source));
        }

        told = sources.ToImmutable();
        // Layouts and partials show more than the template names itself.
        foreach (var path in MessageComposer.TemplatePaths)
        {
            if (!values.ContainsKey(path)) values[path] = Value(path).Value;
        }

        foreach (var name in ContactLinks.Names) values["links." + name] = Link(program, links, name);
        return values;

        (AttributeValue Value, string Source) Value(string path)
        {
            if (path.StartsWith("links.", StringComparison.Ordinal)) return (Link(program, links, path["links.".Length..]), "sample");
            if (path.StartsWith("program.", StringComparison.Ordinal)) return (sample.Of(path), "program");
            if (path.StartsWith("customer.", StringComparison.Ordinal))
                return real is null || (Personal.Contains(path) && !showsPerson) ? (sample.Of(path), "sample") : (real(path), "customer");
            return (path.Contains('.', StringComparison.Ordinal) ? sample.Of(path, EntryType(program, template, path)) : Given(program, template, path, sample, real, showsPerson, now), "sample");
        }
    }

    /// <summary>What a send of the template gives by <c>with</c>, reckoned from sample values; where none gives it, what its name says.</summary>
    private static AttributeValue Given(
        LiveProgram program, string template, string name, SampleValues sample, Func<string, AttributeValue>? real, bool showsPerson, Instant now)
    {
        foreach (var (journey, send) in Sends(program, template))
        {
            if (!send.With.TryGetValue(name, out var formula)) continue;
            var value = formula.Evaluate(
                path => real is not null && path.StartsWith("customer.", StringComparison.Ordinal) && (showsPerson || !Personal.Contains(path)) ? real(path) : sample.Of(path, TypeIn(journey, path)),
                now,
                program.Model.TimeZone);
            if (value is not AttributeValue.Unset) return value;
        }

        return sample.Of(name);
    }

    private static Core.Conditions.AttributeInfo? EntryType(LiveProgram program, string template, string path) =>
        Sends(program, template).Select(one => TypeIn(one.Journey, path)).FirstOrDefault(static info => info is not null);

    private static Core.Conditions.AttributeInfo? TypeIn(JourneyDefinition journey, string path)
    {
        if (!path.StartsWith("entry.", StringComparison.Ordinal) && !path.StartsWith("event.", StringComparison.Ordinal)) return null;
        var name = path[(path.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return journey.Enter.Events.Select(type => Core.Conditions.BuiltInAttributes.Events.GetValueOrDefault(type)?.GetValueOrDefault(name)).FirstOrDefault(static info => info is not null);
    }

    private static string Link(LiveProgram program, ContactLinks? links, string name) => links is null ? $"mailto:{program.SenderAddress}?subject={name}" : name switch
    {
        "unsubscribe" => links.Unsubscribe(SampleValues.CustomerId, TopicConsent.Everything, null),
        "preferences" => links.Preferences(SampleValues.CustomerId, null),
        _ => links.Feedback(SampleValues.CustomerId, null),
    };

    private static LiveProgram? Overlay(LiveProgram program, Dictionary<string, string?>? files, out string? wrong)
    {
        wrong = null;
        if (files is null || files.Count == 0) return program;
        if (files.Count > MostFiles) wrong = $"files: at most {MostFiles} were expected.";
        var all = program.Files.ToBuilder();
        foreach (var (path, text) in files)
        {
            if (!path.StartsWith(Folder, StringComparison.Ordinal) || !ProgramLoader.IsOurs(path) || path.Contains("..", StringComparison.Ordinal))
                wrong ??= $"files: '{path}' is no template; expected templates/NAME/LOCALE.hbs.";
            else if (text?.Length > MostFileBytes) wrong ??= $"files: '{path}' is longer than {MostFileBytes / 1024} KiB.";
            else if (text is null) all.Remove(path);
            else all[path] = Encoding.UTF8.GetBytes(text);
        }

        return wrong is null ? program with { Files = all.ToImmutable() } : null;
    }

    private static ImmutableArray<string> Variables(LiveProgram program, string template)
    {
        var shown = Locales(program, template).Select(locale => $"{Folder}{template}/{locale}.hbs").SelectMany(path => TemplateFiles.Scan(path, program.Files[path]).Variables);
        return [.. shown.Select(static one => one.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static ImmutableArray<string> Locales(LiveProgram program, string template)
    {
        var prefix = $"{Folder}{template}/";
        return [.. program.Files.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal) && path.EndsWith(".hbs", StringComparison.Ordinal)).Select(path => path[prefix.Length..^".hbs".Length]).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Named(IEnumerable<string> paths) =>
        paths.Where(static path => path.StartsWith(Folder, StringComparison.Ordinal) && path.EndsWith(".hbs", StringComparison.Ordinal) && path.Count(static c => c == '/') == 2)
            .Select(static path => path.Split('/')[1]).Where(static name => !name.StartsWith('_'));

    private static ImmutableArray<string> UsedBy(LiveProgram program, string template) =>
        [.. Sends(program, template).Select(static one => one.Journey.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static IEnumerable<(JourneyDefinition Journey, JourneyStep.Send Send)> Sends(LiveProgram program, string template) =>
        from journey in program.Journeys
        from place in journey.Index.InOrder
        where place.Step is JourneyStep.Send send && send.Template == template
        select (journey, (JourneyStep.Send)place.Step);
}
