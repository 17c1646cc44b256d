using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Engine.Programs;

/// <summary>Reads program.yaml.</summary>
internal sealed partial class ProgramFile
{
    public const string Path = "program.yaml";

    private readonly FileFindings _findings;
    private AttributeCatalogue? _customerAttributes;

    private ProgramFile(FileFindings findings) => _findings = findings;

    public string Name { get; private set; } = "program";

    public string? Title { get; private set; }

    public string? Url { get; private set; }

    public DateTimeZone Zone { get; private set; } = DateTimeZone.Utc;

    public string Currency { get; private set; } = "EUR";

    /// <summary>false: the file names no currency that there is. That is told once; amounts are then taken in any.</summary>
    public bool IsCurrencyKnown { get; private set; }

    /// <summary>The currency, where the file says one; null: it does not.</summary>
    public string? KnownCurrency => IsCurrencyKnown ? Currency : null;

    public ImmutableArray<string> Locales { get; private set; } = ["en"];

    public Sender? Sender { get; private set; }

    public ImmutableSortedDictionary<string, string> Topics { get; private set; } = Sorted<string>();

    public ImmutableSortedDictionary<string, AttributeType> Facts { get; private set; } = Sorted<AttributeType>();

    public ImmutableSortedDictionary<string, ImmutableDictionary<string, AttributeInfo>> Events { get; private set; } = BuiltInAttributes.Events;

    public ImmutableArray<WalletRule> Wallets { get; private set; } = [new WalletRule(WalletRule.Spendable)];

    public EarningPlan Earning { get; private set; } = new();

    /// <summary>How groups of rules go together.</summary>
    public ImmutableSortedDictionary<string, EarningStacking> Stacking { get; private set; } = Sorted<EarningStacking>();

    public CurrencyRates Rates { get; private set; } = new();

    public PayRule? Pay { get; private set; }

    public long? ApprovalAbove { get; private set; }

    public int RestoreGraceDays { get; private set; } = 30;

    public Instant? ClosedAt { get; private set; }

    public SignalRules Signals { get; private set; } = new();

    public ImmutableSortedDictionary<string, WebhookEndpoint> Endpoints { get; private set; } = Sorted<WebhookEndpoint>();

    public ImmutableArray<MeasureRule> Measures { get; private set; } = [];

    /// <summary>Measures and their types.</summary>
    public ImmutableSortedDictionary<string, AttributeType> MeasureTypes { get; private set; } = Sorted<AttributeType>();

    /// <summary>0 to 1.</summary>
    public decimal GlobalHoldout { get; private set; }

    /// <summary>Types of the program's own.</summary>
    public ImmutableSortedSet<string> OwnEvents { get; private set; } = [];

    /// <summary>What the decisions read.</summary>
    public ProgramModel Model() => new()
    {
        Name = Name,
        Zone = Zone.Id,
        Currency = Currency,
        Locale = Locales[0],
        Wallets = Wallets,
        Earning = Earning,
        Rates = Rates,
        Pay = Pay,
        ApprovalAbove = ApprovalAbove,
        RestoreGraceDays = RestoreGraceDays,
        ClosedAt = ClosedAt,
        Tiers = Tiers,
        Games = Games,
        Signals = Signals,
        Referrals = Referrals,
        Contact = Contact,
    };

    /// <summary>The file as far as it could be read; null where it could not at all.</summary>
    public static ProgramFile? Read(ReadOnlySpan<byte> bytes, FindingList list)
    {
        var findings = new FileFindings(Path, list);
        switch (YamlSource.Read(bytes, findings))
        {
            case null: return null;
            case SourceNode.Map map:
                var file = new ProgramFile(findings);
                file.Read(new MapReader(map, findings, "the program", ProgramSyntax.Program.Names));
                return file;
            case var other:
                findings.Error(
                    other,
                    FindingCodes.WrongType,
                    $"the program is a group of keys, this is {other.Kind}",
                    "begin with program: NAME");
                return null;
        }
    }

    /// <summary><c>customer.*</c> and <c>program.*</c> of this program.</summary>
    public AttributeCatalogue Attributes() => CustomerAttributes().With("program", BuiltInAttributes.Program);

    /// <summary><c>customer.*</c> alone: what earning rules may ask.</summary>
    private AttributeCatalogue CustomerAttributes() => _customerAttributes ??= AttributeCatalogue.Empty
        .With("customer", BuiltInAttributes.Customer)
        .With(
            "customer.consent",
            Topics.Keys.Select(t => KeyValuePair.Create<string, AttributeInfo>(t, AttributeType.Flag)))
        .With("customer.facts", Facts.Select(f => KeyValuePair.Create<string, AttributeInfo>(f.Key, f.Value)))
        .With("customer.measures", MeasureTypes.Select(m => KeyValuePair.Create<string, AttributeInfo>(m.Key, m.Value)));

    private static ImmutableSortedDictionary<string, T> Sorted<T>() =>
        ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    private void Read(MapReader top)
    {
        if (top.Scalar("program", required: true) is { } name && CheckName(name, "a program")) Name = name.Text;
        Title = top.Text("title");
        Url = ReadUrl(top);
        if (top.Scalar("zone", required: true) is { } zone) ReadZone(zone);
        if (top.Scalar("currency", required: true) is { } currency) ReadCurrency(currency);
        ReadLocales(top);
        ReadSender(top);
        Topics = ReadTitled(top, "topics", "a topic");
        ReadChannels(top);
        ReadContact(top);
        Facts = ReadTypes(top.Map("facts"), "a fact");
        ReadAssets(top);
        ReadEvents(top);
        ReadWallets(top);
        ReadMoney(top);
        ReadEarning(top);
        ReadTiers(top);
        ReadGames(top);
        ReadSignals(top);
        ReadReferrals(top);
        ReadEndpoints(top);
        GlobalHoldout = top.Percent("holdout") ?? 0;
        ReadMeasures(top);
    }

    private bool CheckName(SourceNode.Scalar name, string what)
    {
        if (Names.IsName(name.Text)) return true;
        _findings.Error(name, FindingCodes.BadName, $"'{MapReader.Clip(name.Text)}' is no name for {what}", Names.Rule);
        return false;
    }

    private string? ReadUrl(MapReader top)
    {
        if (top.Scalar("url") is not { } url) return null;
        if (Uri.TryCreate(url.Text, UriKind.Absolute, out var parsed) && parsed.Scheme is "https" or "http")
            return url.Text.TrimEnd('/');
        _findings.Error(
            url,
            FindingCodes.BadValue,
            $"'{MapReader.Clip(url.Text)}' is no web address",
            "write it whole, e.g. https://shop.example");
        return null;
    }

    private void ReadZone(SourceNode.Scalar zone)
    {
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone.Text) is { } known) Zone = known;
        else
            _findings.Error(
                zone,
                FindingCodes.BadValue,
                $"there is no time zone '{MapReader.Clip(zone.Text)}'",
                MapReader.Suggest(zone.Text, DateTimeZoneProviders.Tzdb.Ids));
    }

    private void ReadCurrency(SourceNode.Scalar currency)
    {
        IsCurrencyKnown = CurrencyTable.Exponent(currency.Text) is not null;
        if (IsCurrencyKnown) Currency = currency.Text;
        else
            _findings.Error(
                currency,
                FindingCodes.BadValue,
                $"'{MapReader.Clip(currency.Text)}' is no currency",
                "write its ISO 4217 code, e.g. EUR");
    }

    private void ReadLocales(MapReader top)
    {
        var locales = top.Texts("locales", required: true);
        foreach (var locale in locales)
        {
            if (locale.Text.Length is < 2 or > 20 || !locale.Text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
                _findings.Error(
                    locale,
                    FindingCodes.BadValue,
                    $"'{MapReader.Clip(locale.Text)}' is no language",
                    "write its BCP 47 tag, e.g. en or pt-BR");
        }

        if (!locales.IsEmpty) Locales = [.. locales.Select(l => l.Text).Distinct(StringComparer.Ordinal)];
    }

    private void ReadSender(MapReader top)
    {
        if (top.Map("sender") is not { } map) return;
        var reader = new MapReader(map, _findings, "the sender", ProgramSyntax.Sender.Names);
        var (name, address) = (reader.Text("name", required: true), reader.Scalar("address", required: true));
        if (address is not null && Identifier.Email(address.Text) is null)
            _findings.Error(
                address,
                FindingCodes.BadValue,
                $"'{MapReader.Clip(address.Text)}' is no e-mail address",
                "write one such as hello@shop.example");
        else if (name is not null && address is not null)
            Sender = new Sender(name, address.Text.Trim());
    }

    private ImmutableSortedDictionary<string, string> ReadTitled(MapReader top, string key, string what)
    {
        var titles = Sorted<string>().ToBuilder();
        foreach (var (name, value) in top.Map(key)?.Entries ?? [])
        {
            if (!CheckName(name, what)) continue;
            switch (value)
            {
                case SourceNode.Map map:
                    titles[name.Text] = new MapReader(map, _findings, $"{what} '{name.Text}'", ProgramSyntax.Titled.Names).Text("title", required: true) ?? name.Text;
                    break;
                case SourceNode.Scalar { Text.Length: > 0 } title: titles[name.Text] = title.Text; break;
                default:
                    _findings.Error(
                        value,
                        FindingCodes.WrongType,
                        $"{what} '{name.Text}' has no title",
                        $"write {name.Text}: {{ title: … }}");
                    break;
            }
        }

        return titles.ToImmutable();
    }

    /// <summary>A declared value that stands in the place of one of the event's own fields.</summary>
    internal static void WarnIfHidden(FileFindings findings, SourceNode.Scalar name)
    {
        if (BuiltInAttributes.EveryEvent.ContainsKey(name.Text))
            findings.Warning(
                name,
                FindingCodes.HidesField,
                $"'{name.Text}' stands in the place of the event's own {name.Text}",
                $"give it another name, or read the event's own as {RunPaths.Envelope}{name.Text}");
    }

    private ImmutableSortedDictionary<string, AttributeType> ReadTypes(SourceNode.Map? map, string what)
    {
        var types = Sorted<AttributeType>().ToBuilder();
        foreach (var (name, value) in map?.Entries ?? [])
        {
            if (!CheckName(name, what)) continue;
            if (value is SourceNode.Scalar scalar && TypeWords.Parse(scalar.Text) is { } type)
                types[name.Text] = type;
            else
                _findings.Error(
                    value,
                    FindingCodes.WrongType,
                    $"{what} '{name.Text}' has no type",
                    "write one of " + string.Join(", ", TypeWords.Words));
        }

        return types.ToImmutable();
    }

    private void ReadEvents(MapReader top)
    {
        foreach (var (type, value) in top.Map("events")?.Entries ?? [])
        {
            var parts = type.Text.Split('.');
            if (parts.Length != 2 || !parts.All(Names.IsName))
            {
                _findings.Error(
                    type,
                    FindingCodes.BadName,
                    $"'{MapReader.Clip(type.Text)}' is no type of event",
                    "write two words with a dot, e.g. seminar.attended");
                continue;
            }

            if (Events.ContainsKey(type.Text))
                _findings.Error(
                    type,
                    FindingCodes.DuplicateName,
                    $"the event '{type.Text}' is built in",
                    "remove it, or give yours another name");
            else if (value is SourceNode.Map map)
            {
                foreach (var (name, _) in map.Entries) WarnIfHidden(_findings, name);
                OwnEvents = OwnEvents.Add(type.Text);
                Events = Events.SetItem(
                    type.Text,
                    BuiltInAttributes.EveryEvent.SetItems(ReadTypes(map, "an attribute").Select(t => KeyValuePair.Create<string, AttributeInfo>(t.Key, t.Value))));
            }
            else
                _findings.Error(
                    value,
                    FindingCodes.WrongType,
                    $"the event '{type.Text}' has no attributes",
                    "write name: type for each, or {} for none");
        }
    }
}
