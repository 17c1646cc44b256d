using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Offers;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Engine.Programs;

/// <summary>Reads offers.yaml; a program without offers has no such file.</summary>
internal sealed class OfferFile
{
    public const string Path = "offers.yaml";

    private readonly FileFindings _findings;
    private readonly ProgramFile? _program;
    private ImmutableSortedDictionary<string, DrawRule> _draws = ImmutableSortedDictionary.Create<string, DrawRule>(StringComparer.Ordinal);

    private OfferFile(FileFindings findings, ProgramFile? program) => (_findings, _program) = (findings, program);

    /// <summary>null: program.yaml, of which that is told, does not say it; amounts are taken in any.</summary>
    private string? Currency => _program?.KnownCurrency;

    /// <summary>Offers and draws.</summary>
    /// <param name="files">The program's files.</param>
    /// <param name="program">program.yaml; null: it could not be read, and what is said about it is not checked.</param>
    /// <param name="list">Where findings go.</param>
    public static (ImmutableSortedDictionary<string, OfferRule> Offers, ImmutableSortedDictionary<string, DrawRule> Draws) Read(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, ProgramFile? program, FindingList list)
    {
        var offers = ImmutableSortedDictionary.CreateBuilder<string, OfferRule>(StringComparer.Ordinal);
        var findings = new FileFindings(Path, list);
        var file = new OfferFile(findings, program);
        if (!files.TryGetValue(Path, out var bytes)) return (offers.ToImmutable(), file._draws);
        switch (YamlSource.Read(bytes.Span, findings))
        {
            case null: break;
            case SourceNode.Map map:
                var top = new MapReader(map, findings, "the offers", OfferSyntax.File.Names);
                file.ReadDraws(top);
                foreach (var (name, value) in top.Map("offers", required: true)?.Entries ?? [])
                {
                    if (file.ReadOffer(name, value) is { } offer) offers[offer.Name] = offer;
                }

                break;
            case var other:
                findings.Error(other, FindingCodes.WrongType, $"the file is a group of keys, this is {other.Kind}", "begin with offers:");
                break;
        }

        return (offers.ToImmutable(), file._draws);
    }

    private void ReadDraws(MapReader top)
    {
        foreach (var (name, value) in top.Map("draws")?.Entries ?? [])
        {
            if (!CheckName(name, "a draw")) continue;
            if (value is not SourceNode.Map map)
            {
                _findings.Error(value, FindingCodes.WrongType, $"the draw '{name.Text}' says nothing", $"write {name.Text}: {{ title: …, prizes: 3 }}");
                continue;
            }

            var reader = new MapReader(map, _findings, $"the draw '{name.Text}'", OfferSyntax.Draw.Names);
            var title = reader.Text("title", required: true);
            var prizes = reader.Integer("prizes", 1, 1000, required: true);
            _draws = _draws.SetItem(name.Text, new DrawRule(name.Text, title ?? name.Text, prizes ?? 1));
        }
    }

    private OfferRule? ReadOffer(SourceNode.Scalar name, SourceNode value)
    {
        if (!CheckName(name, "an offer")) return null;
        if (value is not SourceNode.Map map)
        {
            _findings.Error(value, FindingCodes.WrongType, $"the offer '{name.Text}' says not what it gives", $"write {name.Text}: {{ title: …, gives: 10% }}");
            return null;
        }

        var reader = new MapReader(map, _findings, $"the offer '{name.Text}'", OfferSyntax.Offer.Names);
        var title = reader.Text("title", required: true);
        var gift = reader.Get("gives", required: true) is { } gives ? new OfferGiftReader(_findings, _program, _draws).Read(gives) : null;
        var pattern = reader.Scalar("pattern");
        if (pattern is not null) CheckPattern(pattern);
        var redeemAt = reader.OneOf("redeem-at", required: false, "api", "shop") == "shop" ? RedeemAt.Shop : RedeemAt.Api;
        if (redeemAt == RedeemAt.Shop && gift is { IsDiscount: false })
            _findings.Error(reader.Get("redeem-at")!, FindingCodes.BadValue, $"'{name.Text}' gives nothing that a shop's checkout knows", "write redeem-at: api, or give a discount");
        var (from, until) = (ReadDay(reader, "from"), ReadDay(reader, "until"));
        if (until < from) _findings.Error(reader.Get("until")!, FindingCodes.BadTime, $"'{name.Text}' ends before it begins", "write a later day");
        var offer = new OfferRule
        {
            Name = name.Text,
            Title = title ?? name.Text,
            Gift = gift ?? new OfferGift.FreeDelivery(),
            Pattern = pattern?.Text ?? OfferRule.DefaultPattern,
            Codes = reader.OneOf("codes", required: false, "pattern", "pool") == "pool" ? CodeOrigin.Pool : CodeOrigin.Pattern,
            RedeemAt = redeemAt,
            Valid = reader.Duration("valid"),
            From = from,
            Until = until,
            Stock = reader.Integer("stock", 1, 10_000_000),
            Budget = ReadBudget(reader, gift),
            PerCustomer = reader.Integer("per-customer", 1, 1000),
            Price = reader.Integer("price", 1, 1_000_000_000),
            MinimumMinor = ReadMoney(reader, "minimum"),
            Stacking = new OfferStacking(reader.OneOf("stacking", required: false, "any", "alone") == "alone", reader.Text("group")),
        };
        if (offer is { Codes: CodeOrigin.Pool, Stock: not null })
            _findings.Error(reader.Get("stock")!, FindingCodes.BadValue, $"the pool is the stock of '{name.Text}'", "remove stock:");
        if (offer is { RedeemAt: RedeemAt.Shop, Budget: not null })
            _findings.Error(reader.Get("budget")!, FindingCodes.BadValue, $"what '{name.Text}' gives in the shop is not known here before it is given", "use stock:, or redeem-at: api");
        return title is null || gift is null ? null : offer;
    }

    private bool CheckName(SourceNode.Scalar name, string what)
    {
        if (Names.IsName(name.Text)) return true;
        _findings.Error(name, FindingCodes.BadName, $"'{MapReader.Clip(name.Text)}' is no name for {what}", Names.Rule);
        return false;
    }

    private void CheckPattern(SourceNode.Scalar pattern)
    {
        if (CodePattern.IsPattern(pattern.Text)) return;
        _findings.Error(
            pattern,
            FindingCodes.BadValue,
            $"'{MapReader.Clip(pattern.Text)}' is no pattern of a code",
            $"write capital letters, digits, -, {CodePattern.LeastRandom} to {CodePattern.MostRandom} # for random characters and one ? for the check character, e.g. SPRING-####-####?");
    }

    private LocalDate? ReadDay(MapReader reader, string key)
    {
        if (reader.Scalar(key) is not { } scalar) return null;
        var parsed = LocalDatePattern.Iso.Parse(scalar.Text);
        if (parsed.Success) return parsed.Value;
        _findings.Error(scalar, FindingCodes.BadTime, $"'{key}' of {reader.What} is '{MapReader.Clip(scalar.Text)}', a day is expected", "write e.g. 2026-12-31");
        return null;
    }

    private long? ReadMoney(MapReader reader, string key) =>
        reader.Scalar(key) is { } scalar ? OfferGiftReader.Money(scalar, Currency, _findings) : null;

    /// <summary>Points for what gives points, else money.</summary>
    private long? ReadBudget(MapReader reader, OfferGift? gift)
    {
        if (gift is not (OfferGift.Status or OfferGift.Ticket))
            return gift is OfferGift.Points ? reader.Integer("budget", 1, int.MaxValue) : ReadMoney(reader, "budget");
        if (reader.Get("budget") is { } budget)
            _findings.Error(budget, FindingCodes.BadValue, $"{reader.What} gives nothing that a budget counts", "use stock:");
        return null;
    }
}

/// <summary>Reads <c>gives:</c>.</summary>
internal sealed class OfferGiftReader(FileFindings findings, ProgramFile? program, ImmutableSortedDictionary<string, DrawRule> draws)
{
    private const string Remedy =
        "write 10%, 5 EUR, free-delivery, or { percent: 10%, at-most: 20 EUR }, { free-item: SKU }, { points: 500 }, { gift-card: 25 EUR, wallet: NAME }, "
        + "{ trade-credit: 25 EUR, wallet: NAME }, { status: TIER, for: 90d }, { prize-draw-ticket: DRAW }";

    private string? Currency => program?.KnownCurrency;

    /// <summary>An amount above 0 in a currency (null: in any); a finding where it is none.</summary>
    public static long? Money(SourceNode.Scalar scalar, string? currency, FileFindings findings)
    {
        if (Literal(scalar.Text) is AttributeValue.Money { Minor: > 0 } money && (currency is null || money.Currency == currency)) return money.Minor;
        findings.Error(scalar, FindingCodes.BadValue, $"'{MapReader.Clip(scalar.Text)}' is no amount in the program's currency", $"write e.g. 20 {currency ?? "EUR"}");
        return null;
    }

    public OfferGift? Read(SourceNode node)
    {
        switch (node)
        {
            case SourceNode.Scalar { Text: "free-delivery" }: return new OfferGift.FreeDelivery();
            case SourceNode.Scalar scalar:
                switch (Literal(scalar.Text))
                {
                    case AttributeValue.Number { Value: > 0 and <= 1 } share when scalar.Text.EndsWith('%'): return new OfferGift.Percent(share.Value);
                    case AttributeValue.Money { Minor: > 0 } money: return new OfferGift.Amount(money.Minor, money.Currency);
                    default:
                        findings.Error(scalar, FindingCodes.BadValue, $"'{MapReader.Clip(scalar.Text)}' is nothing that an offer gives", Remedy);
                        return null;
                }

            case SourceNode.Map map: return Read(map);
            default:
                findings.Error(node, FindingCodes.WrongType, "this does not say what the offer gives", Remedy);
                return null;
        }
    }

    private OfferGift? Read(SourceNode.Map map)
    {
        switch (map.Entries.Count == 0 ? null : map.Entries[0].Key.Text)
        {
            case "percent":
                var percent = Reader(map, OfferSyntax.Percentage);
                var most = percent.Scalar("at-most") is { } bound ? Money(bound, Currency, findings) : null;
                return percent.Percent("percent", required: true) is { } share and > 0 ? new OfferGift.Percent(share, most) : null;
            case "free-item": return Reader(map, OfferSyntax.FreeItem).Text("free-item", required: true) is { } sku ? new OfferGift.FreeItem(sku) : null;
            case "points":
                var points = Reader(map, OfferSyntax.Points);
                return points.Integer("points", 1, 1_000_000_000, required: true) is { } number
                    ? new OfferGift.Points(number, Wallet(points, Core.Programs.WalletRule.Spendable))
                    : null;
            case "gift-card" or "trade-credit":
                var kind = map.Entries[0].Key.Text;
                var credit = Reader(map, kind == OfferSyntax.GiftCard.Name ? OfferSyntax.GiftCard : OfferSyntax.TradeCredit);
                return credit.Scalar(kind, required: true) is { } amount && Money(amount, Currency, findings) is { } minor
                    ? new OfferGift.Credit(kind, minor, Currency ?? "EUR", Wallet(credit, kind))
                    : null;
            case "status": return Status(Reader(map, OfferSyntax.Status));
            case "prize-draw-ticket": return Ticket(Reader(map, OfferSyntax.Ticket));
            default:
                findings.Error(map, FindingCodes.BadValue, "this is nothing that an offer gives", Remedy);
                return null;
        }
    }

    private OfferGift.Status? Status(MapReader reader)
    {
        var tier = reader.Scalar("status", required: true);
        var days = reader.Duration("for", required: true);
        if (tier is null || days is null) return null;
        if (program is not null && program.Tiers?.Levels.Any(level => level.Name == tier.Text) != true)
        {
            findings.Error(tier, FindingCodes.BadValue, $"the program has no tier '{MapReader.Clip(tier.Text)}'", MapReader.Suggest(tier.Text, program.Tiers?.Levels.Select(static level => level.Name) ?? []));
            return null;
        }

        var start = Instant.FromUtc(2000, 1, 1, 0, 0);
        return new OfferGift.Status(tier.Text, Math.Max(1, (int)Math.Ceiling((days.Value.After(start, DateTimeZone.Utc) - start).TotalDays)));
    }

    private OfferGift.Ticket? Ticket(MapReader reader)
    {
        if (reader.Scalar("prize-draw-ticket", required: true) is not { } draw) return null;
        if (draws.ContainsKey(draw.Text)) return new OfferGift.Ticket(draw.Text);
        findings.Error(draw, FindingCodes.BadValue, $"there is no draw '{MapReader.Clip(draw.Text)}'", MapReader.Suggest(draw.Text, draws.Keys));
        return null;
    }

    private string Wallet(MapReader reader, string otherwise)
    {
        var named = reader.Scalar("wallet");
        var wallet = named?.Text ?? otherwise;
        if (program is not null && program.Wallets.All(one => one.Name != wallet))
        {
            findings.Error(
                (SourceNode?)named ?? reader.Node,
                FindingCodes.UnknownWallet,
                $"the program has no wallet '{MapReader.Clip(wallet)}'",
                $"declare it under wallets: of program.yaml, or name another: {string.Join(", ", program.Wallets.Select(static one => one.Name))}");
        }

        return wallet;
    }

    private MapReader Reader(SourceNode.Map map, SyntaxGroup gift) => new(map, findings, "what the offer gives", gift.Names);

    private static AttributeValue? Literal(string text) =>
        (Condition.Parse(text, AttributeCatalogue.Empty, (AttributeType?)null, out _)?.Expression as Expression.Literal)?.Value;
}
