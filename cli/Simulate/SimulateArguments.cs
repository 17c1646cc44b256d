using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.Results;

namespace Loyalty.Cli.Simulate;

/// <summary>Reads <c>--rate</c> and <c>--quota</c>.</summary>
internal static class SimulateArguments
{
    /// <summary>Changes to the rates, in the order given.</summary>
    public static IReadOnlyList<(string? Template, string Name, double Share)> Rates(IEnumerable<string> texts) => [.. texts.Select(Rate)];

    /// <summary>The rates with the changes.</summary>
    public static ResponseRates Apply(ResponseRates rates, IReadOnlyList<(string? Template, string Name, double Share)> changes)
    {
        foreach (var (template, name, share) in changes)
        {
            rates = template is null
                ? rates with { Default = With(rates.Default, name, share) }
                : rates with { Templates = rates.Templates.SetItem(template, With(rates.Of(template), name, share)) };
        }

        return changes.Count == 0 ? rates : rates with { Origin = rates.Origin + ", changed by --rate" };
    }

    /// <summary>The quota; null: none is given.</summary>
    public static SendQuota? Quota(IEnumerable<string> texts)
    {
        SendQuota? quota = null;
        foreach (var text in texts)
        {
            var parts = text.Split('/');
            if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1)
                throw new UsageException($"--quota {text}: expected a number and a unit, e.g. 100/hour.");
            quota ??= new SendQuota(null, null, null);
            quota = parts[1] switch
            {
                "minute" => quota with { PerMinute = count },
                "hour" => quota with { PerHour = count },
                "day" => quota with { PerDay = count },
                _ => throw new UsageException($"--quota {text}: expected minute, hour or day behind the slash."),
            };
        }

        return quota;
    }

    private static (string? Template, string Name, double Share) Rate(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0) throw Wrong(text);
        var path = text[..at];
        var dot = path.LastIndexOf('.');
        var value = text[(at + 1)..].TrimEnd('%');
        if (!double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) throw Wrong(text);
        var share = text.EndsWith('%') ? number / 100 : number;
        if (share is < 0 or > 1) throw Wrong(text);
        var name = path[(dot + 1)..];
        _ = With(new ResponseRate(), name, share);
        return (dot < 0 ? null : path[..dot], name, share);
    }

    private static ResponseRate With(ResponseRate rate, string name, double share) => name switch
    {
        "open" => rate with { Open = share },
        "click" => rate with { Click = share },
        "buy" => rate with { Buy = share },
        "answer" => rate with { Answer = share },
        "act" => rate with { Act = share },
        "unsubscribe" => rate with { Unsubscribe = share },
        _ => throw new UsageException($"--rate {name}: expected open, click, buy, answer, act or unsubscribe."),
    };

    private static UsageException Wrong(string text) => new($"--rate {text}: expected a name and a share, e.g. answer=30% or welcome.open=0.5.");
}
