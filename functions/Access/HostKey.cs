namespace Loyalty.Functions.Access;

/// <summary>A key that a host made for itself and its own command line; may do everything, like the admin key. The deployed build has none.</summary>
/// <param name="Value">Random, for one life of the host.</param>
public sealed record HostKey(string Value)
{
    /// <summary>Never shown.</summary>
    public override string ToString() => nameof(HostKey);
}
