using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Calendars;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Engine.Programs;

/// <summary>
/// Reads the keys of one group by their types. What is unknown, missing or of the wrong type becomes a finding, and reading goes on, so that all
/// findings come at once.
/// </summary>
internal sealed class MapReader
{
    /// <summary>Characters of a title, a reason, a script: it is written into documents again and again.</summary>
    public const int MaxText = 2000;

    /// <summary>Keys of a group, items of a list (other than of texts).</summary>
    public const int MaxItems = 1000;

    private readonly SourceNode.Map _map;
    private readonly FileFindings _findings;

    /// <param name="map">The group.</param>
    /// <param name="findings">Where findings go.</param>
    /// <param name="what">What the group is, for messages: <c>the step 'x'</c>.</param>
    /// <param name="allowed">Every key it may have.</param>
    public MapReader(SourceNode.Map map, FileFindings findings, string what, params IReadOnlyCollection<string> allowed)
    {
        (_map, _findings, What) = (map, findings, what);
        foreach (var (key, _) in map.Entries)
        {
            if (findings.IsFull) break;
            if (allowed.Contains(key.Text)) continue;
            findings.Error(
                key, FindingCodes.UnknownKey, $"{what} has no key '{Clip(key.Text)}'", Suggest(key.Text, allowed));
        }
    }

    public string What { get; }

    public SourceNode.Map Node => _map;

    /// <summary>"did you mean …" or the list of what is known.</summary>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        var list = known.ToList();
        if (NearestName.Of(name, list) is { } nearest) return $"did you mean '{nearest}'?";
        return list.Count == 0 ? "nothing is known here" : "known: " + string.Join(", ", list.Take(20)) + (list.Count > 20 ? ", …" : "");
    }

    public static string Clip(string text) => text.Length <= 60 ? text : text[..60] + "…";

    public bool Has(string key) => _map.Find(key) is not null;

    public SourceNode? Get(string key, bool required = false)
    {
        var value = _map.Find(key);
        if (value is null && required)
            _findings.Error(_map, FindingCodes.Missing, $"{What} lacks '{key}'", $"add {key}:");
        return value;
    }

    public SourceNode.Scalar? Scalar(string key, bool required = false) =>
        AsScalar(Get(key, required), $"'{key}' of {What}");

    public string? Text(string key, bool required = false)
    {
        var scalar = Scalar(key, required);
        if (scalar?.Text.Length > MaxText)
        {
            _findings.Error(
                scalar, FindingCodes.TooLarge, $"'{key}' of {What} has {scalar.Text.Length} characters, at most {MaxText} are read", "shorten it");
            return null;
        }

        if (scalar is null || scalar.Text.Length > 0) return scalar?.Text;
        _findings.Error(
            scalar, FindingCodes.BadValue, $"'{key}' of {What} is empty", "write a value or remove the key");
        return null;
    }

    public SourceNode.Map? Map(string key, bool required = false)
    {
        var value = Get(key, required);
        if (value is null or SourceNode.Map { Entries.Count: <= MaxItems }) return (SourceNode.Map?)value;
        if (value is SourceNode.Map map) return TooMany<SourceNode.Map>(value, key, map.Entries.Count);
        Wrong(value, $"'{key}' of {What}", "a group of keys");
        return null;
    }

    public SourceNode.Sequence? List(string key, bool required = false)
    {
        var value = Get(key, required);
        if (value is null or SourceNode.Sequence { Items.Count: <= MaxItems }) return (SourceNode.Sequence?)value;
        if (value is SourceNode.Sequence list) return TooMany<SourceNode.Sequence>(value, key, list.Items.Count);
        Wrong(value, $"'{key}' of {What}", "a list");
        return null;
    }

    /// <summary>One text or a list of texts.</summary>
    public ImmutableArray<SourceNode.Scalar> Texts(string key, bool required = false)
    {
        var value = Get(key, required);
        switch (value)
        {
            case null: return [];
            case SourceNode.Scalar one: return [one];
            case SourceNode.Sequence list:
                var texts = ImmutableArray.CreateBuilder<SourceNode.Scalar>();
                foreach (var item in list.Items)
                {
                    if (AsScalar(item, $"an item of '{key}'") is { } text) texts.Add(text);
                }

                if (list.Items.Count == 0)
                    _findings.Error(
                        list, FindingCodes.BadValue, $"'{key}' of {What} is an empty list", "name at least one");
                return texts.ToImmutable();
            default:
                Wrong(value, $"'{key}' of {What}", "a text or a list of texts");
                return [];
        }
    }

    public bool Flag(string key, bool otherwise)
    {
        var scalar = Scalar(key);
        switch (scalar?.Text)
        {
            case null: return otherwise;
            case "true": return true;
            case "false": return false;
            default:
                Wrong(scalar, $"'{key}' of {What}", "true or false");
                return otherwise;
        }
    }

    public int? Integer(string key, int from, int to, bool required = false)
    {
        var scalar = Scalar(key, required);
        if (scalar is null) return null;
        if (int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to)
            return number;
        Wrong(scalar, $"'{key}' of {What}", $"a whole number from {from} to {to}");
        return null;
    }

    /// <summary><c>10%</c> as 0.1.</summary>
    public decimal? Percent(string key, bool required = false)
    {
        var scalar = Scalar(key, required);
        if (scalar is null) return null;
        var isPercent = scalar.Text.EndsWith('%')
            && decimal.TryParse(
                scalar.Text.AsSpan()[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);
        if (isPercent)
        {
            var share = decimal.Parse(scalar.Text.AsSpan()[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) / 100;
            if (share is >= 0 and <= 1) return share;
        }

        Wrong(scalar, $"'{key}' of {What}", "a percentage from 0% to 100%");
        return null;
    }

    /// <summary>A duration above zero.</summary>
    public CalendarDuration? Duration(string key, bool required = false) =>
        Duration(Scalar(key, required), $"'{key}' of {What}");

    public CalendarDuration? Duration(SourceNode.Scalar? scalar, string what)
    {
        if (scalar is null) return null;
        if (CalendarDuration.Parse(scalar.Text) is not { } span)
        {
            _findings.Error(
                scalar,
                FindingCodes.BadTime,
                $"{what} is '{Clip(scalar.Text)}', a duration is expected",
                "write digits and a unit out of min, h, d, w, mo, y (at most 100 years), e.g. 3d");
            return null;
        }

        if (!span.IsZero) return span;
        _findings.Error(
            scalar,
            FindingCodes.BadTime,
            $"{what} is no time at all",
            "write a duration above zero, or remove the step");
        return null;
    }

    public LocalTime? Clock(string key, bool required = false) => Clock(Scalar(key, required), $"'{key}' of {What}");

    public LocalTime? Clock(SourceNode.Scalar? scalar, string what)
    {
        if (scalar is null) return null;
        if (scalar.Text == "24:00") return LocalTime.Midnight;
        var parsed = LocalTimePattern.CreateWithInvariantCulture("HH':'mm").Parse(scalar.Text);
        if (parsed.Success) return parsed.Value;
        _findings.Error(
            scalar,
            FindingCodes.BadTime,
            $"{what} is '{Clip(scalar.Text)}', a clock time is expected",
            "write hours and minutes in quotes, e.g. \"09:00\"");
        return null;
    }

    public Weekdays? Days(string key)
    {
        if (!Has(key)) return null;
        var days = Weekdays.None;
        foreach (var item in Texts(key))
        {
            if (WeekdayNames.Parse(item.Text) is { } day) days |= day;
            else
                _findings.Error(
                    item,
                    FindingCodes.BadTime,
                    $"'{Clip(item.Text)}' is no weekday",
                    Suggest(item.Text, WeekdayNames.All));
        }

        return days == Weekdays.None ? null : days;
    }

    /// <summary>One of a closed list of words.</summary>
    public string? OneOf(string key, bool required, params IReadOnlyCollection<string> words)
    {
        var scalar = Scalar(key, required);
        if (scalar is null || words.Contains(scalar.Text)) return scalar?.Text;
        _findings.Error(
            scalar, FindingCodes.BadValue, $"'{key}' of {What} is '{Clip(scalar.Text)}'", Suggest(scalar.Text, words));
        return null;
    }

    private T? TooMany<T>(SourceNode value, string key, int count)
        where T : SourceNode
    {
        _findings.Error(value, FindingCodes.TooLarge, $"'{key}' of {What} has {count} entries, at most {MaxItems} are read", "remove what is not needed");
        return null;
    }

    private SourceNode.Scalar? AsScalar(SourceNode? value, string what)
    {
        if (value is null or SourceNode.Scalar) return (SourceNode.Scalar?)value;
        Wrong(value, what, "a single value");
        return null;
    }

    private void Wrong(SourceNode value, string what, string expected)
    {
        var found = value is SourceNode.Scalar scalar ? $"'{Clip(scalar.Text)}'" : value.Kind;
        _findings.Error(
            value, FindingCodes.WrongType, $"{what} is {found}, {expected} is expected", $"write {expected}");
    }
}
