using System.Globalization;
using Loyalty.Core;
using Loyalty.Engine.Programs;

namespace Loyalty.Simulation.Responses;

/// <summary>A response that is not what was counted or declared: <c>answer=30%</c>, or of one template <c>welcome.open=0.5</c>.</summary>
/// <param name="Template">null: every template.</param>
/// <param name="Name"><c>open</c>, <c>click</c>, <c>buy</c>, <c>answer</c>, <c>act</c> or <c>unsubscribe</c>.</param>
/// <param name="Share">0 to 1.</param>
public sealed record RateChange(string? Template, string Name, double Share)
{
    private static readonly string[] Names = ["open", "click", "buy", "answer", "act", "unsubscribe"];

    /// <summary>Reads one; null and what was expected where it is none.</summary>
    public static (RateChange? Change, string? Wrong) Parse(string text)
    {
        const string expected = "expected a name and a share, e.g. answer=30% or welcome.open=0.5";
        var at = text.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0) return (null, $"{text}: {expected}.");
        var path = text[..at];
        var dot = path.LastIndexOf('.');
        var value = text[(at + 1)..].TrimEnd('%');
        if (!double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return (null, $"{text}: {expected}.");
        var share = text.EndsWith('%') ? number / 100 : number;
        if (share is < 0 or > 1) return (null, $"{text}: {expected}; a share is 0% to 100%.");
        var name = path[(dot + 1)..];
        return Names.Contains(name, StringComparer.Ordinal)
            ? (new RateChange(dot < 0 ? null : path[..dot], name, share), null)
            : (null, $"{text}: expected one of {string.Join(", ", Names)}.");
    }

    /// <summary>What is wrong with changes of templates that no program has; null: nothing.</summary>
    public static string? UnknownTemplate(IEnumerable<RateChange> changes, IEnumerable<LoyaltyProgram> programs)
    {
        var known = programs.SelectMany(static one => one.TemplateNames).ToHashSet(StringComparer.Ordinal);
        if (changes.Select(static one => one.Template).FirstOrDefault(template => template is not null && !known.Contains(template)) is not { } unknown) return null;
        var nearest = NearestName.Of(unknown, known);
        return $"there is no template '{unknown}'" + (nearest is null ? "." : $"; did you mean '{nearest}'?");
    }

    /// <summary>The rates with the changes, in the order given.</summary>
    public static ResponseRates Apply(ResponseRates rates, IReadOnlyCollection<RateChange> changes)
    {
        foreach (var change in changes)
        {
            rates = change.Template is not { } template
                ? rates with { Default = change.In(rates.Default) }
                : rates with { Templates = rates.Templates.SetItem(template, change.In(rates.Of(template))) };
        }

        return changes.Count == 0 ? rates : rates with { Origin = rates.Origin + ", changed by --rate" };
    }

    private ResponseRate In(ResponseRate rate) => Name switch
    {
        "open" => rate with { Open = Share },
        "click" => rate with { Click = Share },
        "buy" => rate with { Buy = Share },
        "answer" => rate with { Answer = Share },
        "act" => rate with { Act = Share },
        _ => rate with { Unsubscribe = Share },
    };
}
