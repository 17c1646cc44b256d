using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Engine.Programs;

/// <content>Who enters, and when.</content>
internal sealed partial class JourneyLoader
{
    private static readonly LocalDateTimePattern DayAndClock = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd' 'HH':'mm");

    private EntryRule? ReadEnter(MapReader top)
    {
        _context.References.Entries[_name] = null;
        if (top.Map("enter", required: true) is not { } map) return null;
        var enter = new MapReader(map, _findings, "enter", JourneySyntax.Enter.Names);
        var manual = enter.Flag("manual", false);
        if (!enter.Has("event") && !enter.Has("audience") && !manual)
            _findings.Error(
                map, FindingCodes.Missing, "enter says nothing about who enters", "add event: TYPE, audience: CONDITION, or manual: true");
        if (enter.Has("event") && enter.Has("audience"))
            _findings.Error(
                enter.Get("audience")!, FindingCodes.BadValue, "enter has an event and an audience", "make a journey of each, or remove one");
        var events = ReadEvents(enter, "event", required: false);
        var brought = ReadBrought(enter, manual);
        var trigger = AttributesOf(events).SetItems(brought);
        if (enter.Scalar("key")?.Text == JourneyEntry.AssetKey) _known = _known.With("asset", _context.Assets);
        var audience = ReadAudience(enter);
        _known = _known.With("entry", trigger);
        var when = ReadCondition(enter.Scalar("when"), _known.With("event", trigger));
        return new EntryRule
        {
            Events = events,
            Manual = manual,
            Audience = audience,
            When = when,
            Key = ReadKey(enter.Scalar("key"), trigger),
            Again = ReadAgain(enter),
            IfInside = enter.OneOf("if-inside", false, "ignore", "restart", "refresh") switch
            {
                "restart" => IfInside.Restart,
                "refresh" => IfInside.Refresh,
                _ => IfInside.Ignore,
            },
            MaxAge = enter.Duration("max-age") ?? EntryRule.DefaultMaxAge,
        };
    }

    /// <summary>What a manual start brings, by declared name and type.</summary>
    private ImmutableDictionary<string, AttributeInfo> ReadBrought(MapReader enter, bool manual)
    {
        var types = ImmutableSortedDictionary.CreateBuilder<string, AttributeType>(StringComparer.Ordinal);
        if (enter.Has("with") && !manual)
            _findings.Error(enter.Get("with")!, FindingCodes.BadValue, "with is for a manual start", "add manual: true, or remove with");
        foreach (var (name, value) in enter.Map("with")?.Entries ?? [])
        {
            if (!CheckName(name, "a value of with")) continue;
            ProgramFile.WarnIfHidden(_findings, name);
            if (value is SourceNode.Scalar word && TypeWords.Parse(word.Text) is { } type) types[name.Text] = type;
            else _findings.Error(value, FindingCodes.WrongType, $"'{name.Text}' of with has no type", "write one of " + string.Join(", ", TypeWords.Words));
        }

        if (manual) _context.References.Entries[_name] = types.ToImmutable();
        return types.ToImmutableDictionary(static t => t.Key, static t => (AttributeInfo)t.Value, StringComparer.Ordinal);
    }

    private AudienceRule? ReadAudience(MapReader enter)
    {
        var each = enter.Map("each");
        if (enter.Scalar("audience") is not { } scalar)
        {
            foreach (var key in new[] { "at", "each" })
            {
                if (enter.Get(key) is { } stray) _findings.Error(stray, FindingCodes.BadValue, $"'{key}' is for an audience", "add audience: CONDITION, or remove it");
            }

            return null;
        }

        if (each is not null && enter.Has("at"))
            _findings.Error(each, FindingCodes.BadValue, "an audience enters once (at) or again and again (each)", "remove one of them");
        if (enter.Has("when"))
            _findings.Error(enter.Get("when")!, FindingCodes.BadValue, "an audience is a condition already", "join both with and");
        var condition = ReadCondition(scalar, _known);
        var at = ReadMoment(enter);
        var rule = each is null ? null : ReadEach(each);
        return condition is null ? null : new AudienceRule(condition, at, rule);
    }

    private LocalDateTime? ReadMoment(MapReader enter)
    {
        if (enter.Scalar("at") is not { } scalar) return null;
        var parsed = DayAndClock.Parse(scalar.Text);
        if (parsed.Success) return parsed.Value;
        _findings.Error(
            scalar,
            FindingCodes.BadTime,
            $"'{MapReader.Clip(scalar.Text)}' is no moment",
            "write date and clock time of the program's zone in quotes, e.g. \"2026-12-01 10:00\"");
        return null;
    }

    private MomentRule? ReadEach(SourceNode.Map map)
    {
        var each = new MapReader(map, _findings, "each", JourneySyntax.Each.Names);
        var at = each.Clock("at", required: true);
        if (each.Has("days") == each.Has("dates"))
            _findings.Error(map, FindingCodes.Missing, "each says not on which days", "add days: [mon] or dates: ['03-15']");
        var days = each.Days("days") ?? Weekdays.All;
        var dates = ReadDates(each, "dates");
        return at is null ? null : new MomentRule { At = at.Value, Days = days, Dates = dates };
    }

    private string ReadKey(SourceNode.Scalar? key, ImmutableDictionary<string, AttributeInfo> trigger)
    {
        if (key is null || key.Text is "customer" or JourneyEntry.AssetKey) return key?.Text ?? "customer";
        var known = trigger.Where(static a => a.Value.Type is AttributeType.Text or AttributeType.Number or AttributeType.List)
            .Select(static a => "event." + a.Key).Concat(["customer", JourneyEntry.AssetKey]).Order(StringComparer.Ordinal).ToList();
        if (!known.Contains(key.Text))
            _findings.Error(
                key,
                FindingCodes.BadValue,
                $"'{MapReader.Clip(key.Text)}' is no key of this trigger",
                MapReader.Suggest(key.Text, known));
        return key.Text;
    }
}
