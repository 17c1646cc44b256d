using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Games;
using Loyalty.Core.Programs;
using Loyalty.Core.Tiers;

namespace Loyalty.Engine.Programs;

/// <content>Tiers and games.</content>
internal sealed partial class ProgramFile
{
    public TierPlan? Tiers { get; private set; }

    public ImmutableArray<GameRule> Games { get; private set; } = [];

    private void ReadTiers(MapReader top)
    {
        if (top.Map("tiers") is not { } map) return;
        var reader = new MapReader(map, _findings, "tiers", ProgramSyntax.Tiers.Names);
        var measure = reader.OneOf("by", true, "points", "spend", "orders") switch
        {
            "spend" => TierMeasure.Spend,
            "orders" => TierMeasure.Orders,
            _ => TierMeasure.Points,
        };
        if (reader.Get("wallet") is { } node && measure != TierMeasure.Points)
            _findings.Error(node, FindingCodes.BadValue, "a wallet goes with points only", "remove wallet, or write by: points");
        var levels = new List<TierLevel>();
        foreach (var item in reader.List("levels", required: true)?.Items ?? [])
        {
            if (ReadLevel(item, measure) is { } level) levels.Add(level);
        }

        for (var i = 1; i < levels.Count; i++)
        {
            if (levels[i].Threshold <= levels[i - 1].Threshold)
                _findings.Error(map, FindingCodes.BadValue, $"the tier '{levels[i].Name}' begins below the one before it", "write the levels from the least to the greatest");
            if (levels.Take(i).Any(other => other.Name == levels[i].Name))
                _findings.Error(map, FindingCodes.DuplicateName, $"there are two tiers '{levels[i].Name}'", "give each a name of its own");
        }

        if (ReadWindow(reader) is not { } window || levels.Count == 0) return;
        var hasQualifying = Wallets.Any(static wallet => wallet.Name == WalletRule.Qualifying);
        Tiers = new TierPlan
        {
            Measure = measure,
            Wallet = reader.Has("wallet") ? ReadWallet(reader) : hasQualifying ? WalletRule.Qualifying : WalletRule.Spendable,
            Window = window,
            GraceDays = Math.Clamp(ReadDays(reader, "grace") ?? 0, 0, 365),
            Levels = [.. levels],
        };
    }

    private TierWindow? ReadWindow(MapReader reader)
    {
        switch (reader.Get("window", required: true))
        {
            case SourceNode.Scalar { Text: "calendar-year" }: return new TierWindow.Calendar(CalendarPeriod.Year);
            case SourceNode.Scalar { Text: "calendar-quarter" }: return new TierWindow.Calendar(CalendarPeriod.Quarter);
            case SourceNode.Scalar { Text: "calendar-month" }: return new TierWindow.Calendar(CalendarPeriod.Month);
            case SourceNode.Scalar scalar when Core.Calendars.CalendarDuration.Parse(scalar.Text) is
            { Unit: Core.Calendars.CalendarUnit.Days, Amount: >= 1 and <= 730 } days:
                return new TierWindow.Rolling(days.Amount);
            case null: return null;
            case var other:
                _findings.Error(
                    other, FindingCodes.BadValue, "this does not say over which time tiers count", "write calendar-year, calendar-quarter, calendar-month, or 1d to 730d");
                return null;
        }
    }

    private TierLevel? ReadLevel(SourceNode item, TierMeasure measure)
    {
        if (item is not SourceNode.Map map)
        {
            _findings.Error(item, FindingCodes.WrongType, $"a tier is a group of keys, this is {item.Kind}", "write { tier: gold, from: 1000 }");
            return null;
        }

        var reader = new MapReader(map, _findings, "a tier", ProgramSyntax.Level.Names);
        if (reader.Scalar("tier", required: true) is not { } name || !CheckName(name, "a tier")) return null;
        var privileges = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in reader.Map("privileges")?.Entries ?? [])
        {
            if (!CheckName(key, "a privilege")) continue;
            if (value is SourceNode.Scalar scalar) privileges[key.Text] = scalar.Text;
            else _findings.Error(value, FindingCodes.WrongType, $"the privilege '{key.Text}' is {value.Kind}", "write a single value");
        }

        long? from = measure == TierMeasure.Spend ? ReadMoney(reader, "from") : reader.Integer("from", 0, 1_000_000_000);
        if (from is null && reader.Get("from", required: true) is null) return null;
        return new TierLevel
        {
            Name = name.Text,
            Title = reader.Text("title") ?? name.Text,
            Threshold = from ?? 0,
            Multiplier = ReadDecimal(reader, "multiply", 1m, 100m, 4) ?? 1m,
            Privileges = privileges.ToImmutable(),
        };
    }

    private void ReadGames(MapReader top)
    {
        var games = ImmutableArray.CreateBuilder<GameRule>();
        foreach (var item in top.List("games")?.Items ?? [])
        {
            if (ReadGame(item) is not { } game) continue;
            if (games.Any(other => other.Name == game.Name))
                _findings.Error(item, FindingCodes.DuplicateName, $"there are two games '{game.Name}'", "give each a name of its own");
            games.Add(game);
        }

        Games = games.ToImmutable();
    }

    private GameRule? ReadGame(SourceNode item)
    {
        if (item is not SourceNode.Map map)
        {
            _findings.Error(item, FindingCodes.WrongType, $"a game is a group of keys, this is {item.Kind}", GameRemedy);
            return null;
        }

        var reader = new MapReader(
            map, _findings, "a game", ProgramSyntax.Game.Names);
        string[] kinds = [.. ProgramSyntax.Game.ExactlyOne[0].Where(reader.Has)];
        if (kinds.Length != 1)
        {
            _findings.Error(map, FindingCodes.BadValue, "a game is exactly one of badge, challenge and streak", GameRemedy);
            return null;
        }

        var type = reader.Scalar("event", required: true);
        if (type is not null && !Events.ContainsKey(type.Text))
            _findings.Error(type, FindingCodes.UnknownEvent, $"there is no event '{MapReader.Clip(type.Text)}'", MapReader.Suggest(type.Text, Events.Keys));
        if (reader.Scalar(kinds[0]) is not { } name || !CheckName(name, "a game") || type is null || !Events.TryGetValue(type.Text, out var attributes)) return null;
        var kind = kinds[0] switch { "badge" => GameKind.Badge, "challenge" => GameKind.Challenge, _ => GameKind.Streak };
        if (ReadGoal(reader, kind, type.Text) is not { } goal) return null;
        if (kind == GameKind.Challenge && !reader.Has("until"))
            _findings.Error(map, FindingCodes.Missing, "a challenge has no end", "write until: 2026-12-31, or make it a badge");
        return new GameRule
        {
            Name = name.Text,
            Title = reader.Text("title") ?? name.Text,
            Kind = kind,
            EventType = type.Text,
            When = ReadCondition(reader, "when", CustomerAttributes().With("event", attributes), AttributeType.Flag),
            Measure = goal.Measure,
            Goal = goal.Goal,
            Every = reader.OneOf("every", kind == GameKind.Streak, "day", "week", "month") switch
            {
                "day" => StreakPeriod.Day,
                "month" => StreakPeriod.Month,
                _ => StreakPeriod.Week,
            },
            From = ReadDay(reader, "from"),
            Until = ReadDay(reader, "until"),
            IsRepeated = reader.Flag("repeat", otherwise: false),
            Points = reader.Integer("points", 0, 1_000_000_000) ?? 0,
            Wallet = ReadWallet(reader),
            Expiry = ReadExpiry(reader),
        };
    }

    private (GameMeasure Measure, long Goal)? ReadGoal(MapReader reader, GameKind kind, string type)
    {
        string[] words = kind == GameKind.Streak ? ["length"] : ["times", "amount", "categories", "skus"];
        string[] given = [.. words.Where(reader.Has)];
        if (given.Length != 1)
        {
            _findings.Error(reader.Node, FindingCodes.BadValue, "a game has exactly one goal out of " + string.Join(", ", words), GameRemedy);
            return null;
        }

        if (given[0] is "amount" or "categories" or "skus" && type != EventTypes.OrderPaid)
        {
            _findings.Error(reader.Get(given[0])!, FindingCodes.BadValue, $"'{given[0]}' goes with orders only", "write event: order.paid, or times: 3");
            return null;
        }

        if (given[0] == "amount") return ReadMoney(reader, "amount") is { } amount ? (GameMeasure.Amount, amount) : null;
        if (reader.Integer(given[0], 1, 1_000_000) is not { } goal) return null;
        return given[0] switch
        {
            "categories" => (GameMeasure.Categories, goal),
            "skus" => (GameMeasure.Skus, goal),
            _ => (GameMeasure.Times, goal),
        };
    }

    private const string GameRemedy =
        "write { badge: regular, event: order.paid, times: 10, points: 50 }, { challenge: …, until: … } or { streak: …, every: week, length: 4 }";
}
