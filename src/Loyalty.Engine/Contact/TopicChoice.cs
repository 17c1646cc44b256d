using Loyalty.Core.Contact;

namespace Loyalty.Engine.Contact;

/// <summary>A topic on the preference page.</summary>
/// <param name="Key">Channel and topic (<see cref="Consents.Key"/>).</param>
/// <param name="Channel">Which channel.</param>
/// <param name="Title">For people.</param>
/// <param name="IsGiven">Agreed to.</param>
/// <param name="IsPending">Asked for, and not yet confirmed.</param>
public sealed record TopicChoice(string Key, string Channel, string Title, bool IsGiven, bool IsPending)
{
    /// <summary>The link that was used came to the address itself, so that giving confirms.</summary>
    public bool IsConfirmable { get; init; }
}
