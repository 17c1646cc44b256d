using Loyalty.Simulation.World;
using NodaTime;

namespace Loyalty.Simulation.Populations;

/// <summary>The people of a simulation. Asked from several threads at once; the answer depends on the number alone.</summary>
public interface IPopulation
{
    /// <summary>How many people.</summary>
    int Count { get; }

    /// <summary>The first moment.</summary>
    Instant Start { get; }

    /// <summary>The last moment, included.</summary>
    Instant End { get; }

    /// <summary>In words, for the report.</summary>
    string Description { get; }

    /// <summary>Writes a person's life into <paramref name="life"/>, which is empty.</summary>
    /// <param name="number">From 0.</param>
    /// <param name="life">Is used again for the next person.</param>
    void Fill(int number, CustomerLife life);
}
