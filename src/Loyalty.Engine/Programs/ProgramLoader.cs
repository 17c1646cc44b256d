using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using Loyalty.Core.Offers;

namespace Loyalty.Engine.Programs;

/// <summary>Loads a program: program.yaml, journeys/*.yaml and the names and variables of templates/&lt;name&gt;/&lt;locale&gt;.hbs.</summary>
public static class ProgramLoader
{
    /// <summary>Files of a program, at most.</summary>
    public const int MaxFiles = 2000;

    private const string JourneyFolder = "journeys/";
    private const string TemplateFolder = "templates/";

    /// <summary>Loads a folder. All findings come at once; nothing in a file makes it throw.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ProgramLoad Load(string directory)
    {
        var folder = ProgramFolder.Read(directory);
        if (folder.Findings.IsEmpty) return Load(folder.Files);
        if (folder.Files.Count == 0) return new ProgramLoad(null, folder.Findings);
        var load = Load(folder.Files);
        return load with { Program = null, Findings = Finding.Sort([.. folder.Findings, .. load.Findings]) };
    }

    /// <summary>Loads files that are in memory: path below the program's folder → bytes.</summary>
    /// <param name="files">The files.</param>
    /// <param name="isPart">One journey as it was published, without the others: what it says about them is not checked.</param>
    /// <param name="isPublished">What is live already: it was checked before it was published, and no later check takes it out of service.</param>
    public static ProgramLoad Load(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, bool isPart = false, bool isPublished = false)
    {
        var findings = new FindingList();
        ProgramFile? program = null;
        if (files.TryGetValue(ProgramFile.Path, out var main)) program = ProgramFile.Read(main.Span, findings);
        else
            findings.Add(new Finding(
                FindingSeverity.Error,
                ProgramFile.Path,
                1,
                1,
                FindingCodes.Missing,
                "the folder has no program.yaml",
                "add one, or name another folder"));

        var templates = ProgramTemplates.Read(files, program?.Locales[0], findings);
        var context = new ProgramContext { IsPartial = program is null, Templates = templates.Templates };
        var (offers, draws) = OfferFile.Read(files, program, findings);
        program?.CheckRewards(offers.Keys);
        if (program is not null)
        {
            context = context with
            {
                Attributes = program.Attributes(),
                Events = program.Events,
                Topics = [.. program.Topics.Keys],
                Wallets = [.. program.Wallets.Select(w => w.Name)],
                OwnEvents = program.OwnEvents,
                Endpoints = program.Endpoints,
                Channels = [.. program.Channels.Keys],
                Assets = program.Assets,
                Contact = program.Contact,
                Offers = [.. offers.Keys],
            };
            CheckLocales(program, context, findings);
        }

        var journeys = ReadJourneys(files, context, findings);
        if (program is not null) JourneyFiles.Check(files.Keys, findings);
        if (!isPart) context.References.Check();
        if (program is not null && !isPart && !isPublished) Flow.FlowChecks.Check(context);
        // Nearly every condition and template names what an unread program.yaml would declare: that is told once.
        var told = program is null ? findings.Items.Where(static one => !DependsOnProgram(one.Code)) : findings.Items;
        return new ProgramLoad(findings.HasErrors || program is null ? null : Make(program, journeys, offers, draws, files), Finding.Sort(told))
        {
            Templates = templates.Readable,
            DefaultLocale = program?.Locales[0],
        };
    }

    /// <summary>
    /// Whether a path below the program's folder is a file of the program. A name that begins with a dot is not: editors and file managers leave such
    /// files beside the real ones, among them links that lead nowhere.
    /// </summary>
    public static bool IsOurs(string name) =>
        !name.AsSpan(name.LastIndexOf('/') + 1).StartsWith('.') && IsOfOurKind(name);

    private static bool DependsOnProgram(string code) =>
        code is FindingCodes.BadCondition or FindingCodes.TemplateVariable or FindingCodes.UnknownEvent or FindingCodes.UnknownFact or FindingCodes.UnknownEndpoint;

    private static bool IsOfOurKind(string name) =>
        name is ProgramFile.Path or OfferFile.Path
        || JourneyFiles.IsMisnamed(name)
        || (name.StartsWith(JourneyFolder, StringComparison.Ordinal) && name.EndsWith(
            ".yaml", StringComparison.Ordinal))
        || (name.StartsWith(TemplateFolder, StringComparison.Ordinal) && name.EndsWith(
            ".hbs", StringComparison.Ordinal));

    private static LoyaltyProgram Make(
        ProgramFile file,
        ImmutableSortedDictionary<string, JourneyDefinition> journeys,
        ImmutableSortedDictionary<string, OfferRule> offers,
        ImmutableSortedDictionary<string, DrawRule> draws,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) => new()
        {
            Name = file.Name,
            Title = file.Title ?? file.Name,
            Url = file.Url,
            Zone = file.Zone,
            Currency = file.Currency,
            Locales = file.Locales,
            Sender = file.Sender,
            Topics = file.Topics,
            Facts = file.Facts,
            Journeys = journeys,
            Offers = offers,
            Draws = draws,
            Endpoints = file.Endpoints,
            Channels = file.Channels,
            Measures = file.Measures,
            GlobalHoldout = file.GlobalHoldout,
            Attributes = file.Attributes(),
            Model = file.Model(),
            Files = files.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };

    private static ImmutableSortedDictionary<string, JourneyDefinition> ReadJourneys(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, ProgramContext context, FindingList findings)
    {
        var journeys = ImmutableSortedDictionary.CreateBuilder<string, JourneyDefinition>(StringComparer.Ordinal);
        foreach (var (path, bytes) in files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (!path.StartsWith(JourneyFolder, StringComparison.Ordinal) || !path.EndsWith(
                ".yaml", StringComparison.Ordinal))
                continue;
            var name = path[JourneyFolder.Length..^".yaml".Length];
            if (!Names.IsName(name))
            {
                findings.Add(new Finding(
                    FindingSeverity.Error,
                    path,
                    1,
                    1,
                    FindingCodes.BadName,
                    $"'{MapReader.Clip(name)}' is no name for a journey's file",
                    Names.Rule));
                continue;
            }

            if (JourneyLoader.Load(name, 1, bytes.Span, context, findings) is { } definition)
                journeys[name] = definition;
        }

        return journeys.ToImmutable();
    }

    private static void CheckLocales(ProgramFile program, ProgramContext context, FindingList findings)
    {
        foreach (var (name, template) in context.Templates)
        {
            foreach (var locale in program.Locales.Where(l => !template.Locales.Contains(l)))
            {
                findings.Add(new Finding(
                    FindingSeverity.Error, $"{TemplateFolder}{name}/{locale}.hbs", 1, 1, FindingCodes.UnknownTemplate, $"the template '{name}' is missing in '{locale}'", $"add {TemplateFolder}{name}/{locale}.hbs, or remove the language from program.yaml"));
            }
        }
    }
}
