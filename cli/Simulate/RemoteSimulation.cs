using System.Collections.Immutable;
using Loyalty.Cli.Journeys;
using Loyalty.Cli.Remote;
using Loyalty.Simulation;
using Loyalty.Simulation.Results;

namespace Loyalty.Cli.Simulate;

/// <summary>Simulations and comparisons that an app makes over its own customers.</summary>
internal static class RemoteSimulation
{
    /// <summary>Plays a draft of one journey beside what is live there.</summary>
    /// <param name="api">The app.</param>
    /// <param name="journey">The journey.</param>
    /// <param name="folder">The draft; null: program in the current folder.</param>
    /// <param name="draft">People, days and seed.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<SimulationResult> SimulateAsync(ProgramApi api, string journey, DirectoryInfo? folder, SimulationDraft draft, CancellationToken cancellation) =>
        await api.PostAsync<SimulationResult>(
            $"journeys/{Uri.EscapeDataString(journey)}/simulate", draft with { Files = await FilesAsync(api, folder, cancellation) }, cancellation);

    /// <summary>Compares a draft of one journey with what is live there.</summary>
    /// <inheritdoc cref="SimulateAsync"/>
    public static async Task<DiffReport> DiffAsync(ProgramApi api, string journey, DirectoryInfo? folder, int days, CancellationToken cancellation) =>
        await api.PostAsync<DiffReport>(
            $"journeys/{Uri.EscapeDataString(journey)}/diff", new SimulationDraft { Days = days, Files = await FilesAsync(api, folder, cancellation) }, cancellation);

    private static async Task<ImmutableSortedDictionary<string, string?>> FilesAsync(ProgramApi api, DirectoryInfo? folder, CancellationToken cancellation) =>
        (await RemoteProgram.DraftAsync(api, JourneyOptions.DraftFolder(folder), cancellation)).ToImmutableSortedDictionary(StringComparer.Ordinal);
}
