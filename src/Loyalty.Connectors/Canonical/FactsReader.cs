using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;

namespace Loyalty.Connectors.Canonical;

/// <summary>
/// Any JSON as typed facts. Names become kebab-case, nested objects become dotted paths (<c>about.order-id</c>), lists
/// of texts stay lists, lists of anything else are left out, and <c>{"at":…}</c>, <c>{"day":…}</c>,
/// <c>{"minor":…,"currency":…}</c> are a moment, a date, money.
/// </summary>
internal static class FactsReader
{
    private const int MaxFacts = 100;
    private const int MaxText = 4000;

    public static EventData.Facts None { get; } = new(ImmutableDictionary<string, AttributeValue>.Empty);

    public static EventData.Facts Read(Node data)
    {
        var facts = ImmutableDictionary.CreateBuilder<string, AttributeValue>(StringComparer.Ordinal);
        if (data.Element.ValueKind == JsonValueKind.Object)
        {
            foreach (var (name, node) in data.Members())
            {
                if (name is not ("customer" or "shop")) Add(facts, Kebab(name), node);
            }
        }
        else if (data.Exists)
        {
            Add(facts, "data", data);
        }

        if (facts.Count > MaxFacts) data.Fail($"at most {MaxFacts} facts", RefusalCode.TooManyItems);
        return new EventData.Facts(facts.ToImmutable());
    }

    private static void Add(ImmutableDictionary<string, AttributeValue>.Builder facts, string name, Node node)
    {
        if (facts.Count > MaxFacts || name.Length is 0 or > 200) return;
        switch (node.Element.ValueKind)
        {
            case JsonValueKind.String: facts[name] = node.Text(MaxText) ?? ""; break;
            case JsonValueKind.Number when node.Amount() is { } number: facts[name] = number; break;
            case JsonValueKind.True: facts[name] = true; break;
            case JsonValueKind.False: facts[name] = false; break;
            case JsonValueKind.Array when node.Items() is { Count: > 0 } items
                && items.TrueForAll(static i => i.Element.ValueKind == JsonValueKind.String):
                facts[name] = new AttributeValue.List([.. items.Select(static item => item.Text(MaxText) ?? "")]);
                break;
            case JsonValueKind.Object when Tagged(node) is { } value: facts[name] = value; break;
            case JsonValueKind.Object:
                foreach (var (inner, child) in node.Members()) Add(facts, $"{name}.{Kebab(inner)}", child);
                break;
            default: break;
        }
    }

    private static AttributeValue? Tagged(Node node)
    {
        var members = node.Members();
        if (members.Count == 1 && members[0].Name == "at" && node["at"].At() is { } at)
            return new AttributeValue.Moment(at);
        if (members.Count == 1 && members[0].Name == "day" && node["day"].Day() is { } day)
            return new AttributeValue.Day(day);
        if (members.Count == 2 && node["minor"].Exists && node["currency"].Exists && node["minor"].Whole() is { } minor)
            return new AttributeValue.Money(minor, node["currency"].RequiredText(3));
        return null;
    }

    private static string Kebab(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in JsonNamingPolicy.KebabCaseLower.ConvertName(name))
        {
            text.Append(char.IsLetterOrDigit(c) || c == '.' ? c : '-');
        }

        return text.ToString().Trim('-');
    }
}
