using System.Collections.Immutable;

namespace Loyalty.Simulation.Responses;

/// <summary>How people respond to one message; every share is of the messages sent, 0 to 1.</summary>
public sealed record ResponseRate
{
    /// <summary>Open it. Default 35%.</summary>
    public double Open { get; init; } = 0.35;

    /// <summary>Follow a link. Default 4%.</summary>
    public double Click { get; init; } = 0.04;

    /// <summary>Buy because of it, in the next days. Default 3%.</summary>
    public double Buy { get; init; } = 0.03;

    /// <summary>Answer, where the journey waits for an answer. Default 20%.</summary>
    public double Answer { get; init; } = 0.20;

    /// <summary>Do what else the journey waits for (a friend joins, a seminar is attended). Default 4%.</summary>
    public double Act { get; init; } = 0.04;

    /// <summary>Withdraw consent. Default 0.3%.</summary>
    public double Unsubscribe { get; init; } = 0.003;
}

/// <summary>The responses that a simulation draws from.</summary>
public sealed record ResponseRates
{
    /// <summary>Where nothing is known of a template.</summary>
    public ResponseRate Default { get; init; } = new();

    /// <summary>By template, e.g. counted from a history.</summary>
    public ImmutableSortedDictionary<string, ResponseRate> Templates { get; init; } =
        ImmutableSortedDictionary.Create<string, ResponseRate>(StringComparer.Ordinal);

    /// <summary>Where the rates come from, in words.</summary>
    public string Origin { get; init; } = "declared defaults";

    /// <summary>The rate of a template.</summary>
    public ResponseRate Of(string template) => Templates.GetValueOrDefault(template) ?? Default;
}
