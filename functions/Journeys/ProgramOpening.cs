namespace Loyalty.Functions.Journeys;

/// <summary>How the program is opened.</summary>
/// <param name="Publishes">True: a start publishes what has changed in the folder. False: what is live in the store counts, if anything is.</param>
public sealed record ProgramOpening(bool Publishes);
