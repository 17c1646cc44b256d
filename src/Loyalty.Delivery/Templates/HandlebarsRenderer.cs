using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using HandlebarsDotNet;
using Loyalty.Core;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Templates;

/// <summary>
/// Renders the program's templates with Handlebars. A path that leads nowhere shows nothing. HTML is encoded; the
/// subject is not, and never has a line break. Locale: <c>ru-RU</c> → <c>ru</c> → the program's default. Partials stand
/// in folders that begin with an underscore:
/// <c>{{#&gt; layout}}…{{/layout}}</c> is <c>_layout/&lt;locale&gt;.hbs</c>, else <c>_layout/default.hbs</c>.
/// </summary>
/// <remarks>
/// Safe for use by many threads. A template is read and compiled once; make a new renderer when templates change.
/// </remarks>
public sealed class HandlebarsRenderer : IMessageRenderer
{
    private const int MaxSubject = 255;
    private const int MaxPartials = 20;

    private readonly ITemplateSource _source;
    private readonly string _defaultLocale;
    private readonly DateTimeZone _zone;
    private readonly bool _parsesOnly;
    private readonly ConcurrentDictionary<(string Locale, bool NoEscape), IHandlebars> _checked = new();
    private readonly ConcurrentDictionary<(string Template, string Locale), Lazy<Compiled>> _compiled = new();

    /// <param name="source">The templates.</param>
    /// <param name="defaultLocale">The program's locale, which every template must have, e.g. <c>en</c>.</param>
    /// <param name="zone">The zone in which moments are shown where <c>customer.zone</c> tells none.</param>
    /// <param name="parsesOnly">True: for checks, it tells <see cref="Variables"/> and faults in a tenth of the time, and renders nothing.</param>
    public HandlebarsRenderer(ITemplateSource source, string defaultLocale, DateTimeZone zone, bool parsesOnly = false)
    {
        _parsesOnly = parsesOnly;
        _source = source;
        _defaultLocale = defaultLocale;
        _zone = zone;
    }

    /// <inheritdoc/>
    public RenderedMessage Render(string template, string? locale, IReadOnlyDictionary<string, AttributeValue> values)
    {
        if (_parsesOnly) throw new InvalidOperationException("This renderer only checks.");
        var compiled = Compile(template, locale);
        var zone = values.GetValueOrDefault("customer.zone") is AttributeValue.Text named
            ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(named.Value) ?? _zone
            : _zone;
        var model = TemplateModel.Build(values, compiled.Locale, zone);
        try
        {
            var html = compiled.Html(model);
            var text = compiled.Text is { } own ? own(model) : HtmlText.From(html);
            return new RenderedMessage(compiled.Locale, OneLine(compiled.Subject(model)), html, text);
        }
        catch (HandlebarsException e)
        {
            throw new TemplateException($"{compiled.File}: {FirstLine(e)}", e);
        }
    }

    /// <summary>
    /// The variables that a template uses in one locale, its partials included; for validation before publishing.
    /// </summary>
    /// <exception cref="TemplateException">The template is missing or broken.</exception>
    public IReadOnlyList<TemplateVariable> Variables(string template, string? locale) =>
        Compile(template, locale).Variables;

    /// <summary>The locales a template is written in.</summary>
    public IReadOnlyList<string> Locales(string template) => _source.Locales(template);

    private Compiled Compile(string template, string? locale)
    {
        foreach (var candidate in Fallbacks(locale))
        {
            // Missing locales are asked for again each time: there are few, and a cache keyed by what shops send would
            // have no bound.
            if (!_compiled.ContainsKey((template, candidate)) && _source.Read(template, candidate) is null) continue;
            return _compiled.GetOrAdd(
                (template, candidate), key => new Lazy<Compiled>(() => Load(key.Template, key.Locale))).Value;
        }

        var file = _source.Describe(template, _defaultLocale);
        throw new TemplateException($"{file} is missing; write it, or correct the template's name in the journey.");
    }

    private IEnumerable<string> Fallbacks(string? locale)
    {
        for (var at = locale ?? ""; at.Length > 0; at = Wider(at)) yield return at;
        for (var at = _defaultLocale; at.Length > 0; at = Wider(at)) yield return at;
    }

    /// <summary><c>ru-RU</c> → <c>ru</c> → empty.</summary>
    private static string Wider(string locale) => locale[..Math.Max(0, locale.LastIndexOf('-'))];

    private Compiled Load(string template, string locale)
    {
        var name = _source.Describe(template, locale);
        var file = TemplateFile.Parse(
            name, _source.Read(template, locale) ?? throw new TemplateException($"{name} is missing."));
        // Compiling is what a program's start spends most of its time on: a partial is compiled where a part of the message asks for it, and the layout
        // of the HTML is seldom one of the subject or the plain text.
        var faults = new TemplateFaults();
        var html = Environment(locale, noEscape: false);
        var body = OutputContext.Apply(name, file.Html, file.HtmlLine, faults);
        var htmlScans = WithPartials(
            [TemplateScan.Of(name, file.Html, new TextPlace(file.HtmlLine, 1), faults)],
            locale,
            faults,
            (partial, described, text) =>
            {
                var safe = OutputContext.Apply(described, text, 1, faults);
                if (faults.IsEmpty) Register(html, partial, safe);
            });
        var plain = Environment(locale, noEscape: true);
        List<TemplateScan> plainScans = [TemplateScan.Of(name, file.Subject, new TextPlace(1, file.SubjectColumn), faults)];
        if (file.Text is not null) plainScans.Add(TemplateScan.Of(name, file.Text, new TextPlace(file.TextLine, 1), faults));
        WithPartials(
            plainScans,
            locale,
            faults,
            (partial, _, text) =>
            {
                if (faults.IsEmpty) Register(plain, partial, text);
            });
        if (!faults.IsEmpty) throw new TemplateException(faults.Items);
        return new Compiled(
            locale,
            name,
            Compile(plain, file.Subject, name, 1),
            Compile(html, body, name, file.HtmlLine),
            file.Text is null ? null : Compile(plain, file.Text, name, file.TextLine),
            [.. plainScans.Concat(htmlScans).SelectMany(static scan => scan.Variables).Distinct()]);
    }

    private static Func<object, string> Compile(IHandlebars environment, string text, string file, int line)
    {
        try
        {
            return Bind(environment.Compile(text));
        }
        catch (HandlebarsException e)
        {
            throw new TemplateException([new TemplateFault(file, line, 1, FirstLine(e).TrimEnd('.'))], e);
        }
    }

    /// <summary>The scans with those of the partials that they ask for, and that those ask for; each is registered once.</summary>
    private List<TemplateScan> WithPartials(List<TemplateScan> scans, string locale, TemplateFaults faults, Action<string, string, string> register)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < scans.Count; i++)
        {
            foreach (var (partial, place) in scans[i].Partials)
            {
                if (!known.Add(partial)) continue;
                var folder = "_" + partial;
                var at = Fallbacks(locale).Append("default").FirstOrDefault(candidate => _source.Read(folder, candidate) is not null);
                if (at is null)
                {
                    faults.Add(scans[i].File, place, $"there is no partial {partial}; add {_source.Describe(folder, "default")}");
                    continue;
                }

                var described = _source.Describe(folder, at);
                if (known.Count > MaxPartials)
                {
                    faults.Add(described, TextPlace.Begin, $"more than {MaxPartials} partials in one message");
                    return scans;
                }

                var text = _source.Read(folder, at)!.ReplaceLineEndings("\n");
                scans.Add(TemplateScan.Of(described, text, TextPlace.Begin, faults));
                register(partial, described, text);
            }
        }

        return scans;
    }

    /// <summary>For each message one of its own, but for checks: there every message of a language asks for the same partials.</summary>
    private IHandlebars Environment(string locale, bool noEscape) =>
        _parsesOnly ? _checked.GetOrAdd((locale, noEscape), one => NewEnvironment(one.Locale, one.NoEscape)) : NewEnvironment(locale, noEscape);

    private static void Register(IHandlebars environment, string partial, string text)
    {
        if (!environment.Configuration.RegisteredTemplates.ContainsKey(partial)) environment.RegisterTemplate(partial, text);
    }

    private IHandlebars NewEnvironment(string locale, bool noEscape)
    {
        var configuration = new HandlebarsConfiguration { NoEscape = noEscape, FormatProvider = CultureInfo.InvariantCulture };
        if (_parsesOnly) configuration.CompileTimeConfiguration.Features.Add(new ParseOnly());
        var environment = Handlebars.Create(configuration);
        TemplateHelpers.Register(environment, locale);
        return environment;
    }

    private static Func<object, string> Bind(HandlebarsTemplate<object, object> template) => model => template(model);

    /// <summary>
    /// Control characters and line breaks become spaces: values come from customers, and a subject is a header.
    /// </summary>
    private static string OneLine(string subject)
    {
        var line = new StringBuilder(subject.Length);
        foreach (var c in subject)
        {
            var shown = char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c;
            if (shown != ' ' || (line.Length > 0 && line[^1] != ' ')) line.Append(shown);
        }

        var text = line.ToString().TrimEnd();
        if (text.Length <= MaxSubject) return text;
        return char.IsHighSurrogate(text[MaxSubject - 1]) ? text[..(MaxSubject - 1)] : text[..MaxSubject];
    }

    private static string FirstLine(HandlebarsException e) => e.Message.ReplaceLineEndings("\n").Split('\n')[0];

    private sealed record Compiled(
        string Locale,
        string File,
        Func<object, string> Subject,
        Func<object, string> Html,
        Func<object, string>? Text,
        IReadOnlyList<TemplateVariable> Variables);
}
