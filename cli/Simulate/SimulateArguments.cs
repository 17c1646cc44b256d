using Loyalty.Cli.CommandLine;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.Results;

namespace Loyalty.Cli.Simulate;

/// <summary>Reads <c>--rate</c> and <c>--quota</c>.</summary>
internal static class SimulateArguments
{
    /// <summary>Changes to the rates, in the order given.</summary>
    public static IReadOnlyList<RateChange> Rates(IEnumerable<string> texts) =>
        [.. texts.Select(static text => RateChange.Parse(text) is ({ } change, _) ? change : throw new UsageException("--rate " + RateChange.Parse(text).Wrong))];

    /// <summary>The quota; null: none is given.</summary>
    public static SendQuota? Quota(IEnumerable<string> texts)
    {
        var (quota, wrong) = SendQuota.Parse(texts);
        return wrong is null ? quota : throw new UsageException("--quota " + wrong);
    }
}
