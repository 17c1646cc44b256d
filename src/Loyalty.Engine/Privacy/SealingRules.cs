using Loyalty.Engine.State;

namespace Loyalty.Engine.Privacy;

/// <summary>What is sealed, and which partitions are named by keyed hashes. The map of personal data: docs/operations/privacy.md.</summary>
/// <param name="HasKey">Partitions with a key of their own.</param>
/// <param name="IsShared">Partitions under the program's own key: what lies there a short time only, and comes in faster than keys could be made for it.</param>
/// <param name="IsOpen">Kinds that are not sealed there: books and bookkeeping without names, which stay readable when the key is gone.</param>
/// <param name="IsNamed">Partitions whose name follows from a name of a person: stored under a keyed hash of it.</param>
public sealed record SealingRules(Func<string, bool> HasKey, Func<string, bool> IsShared, Func<string, bool> IsOpen, Func<string, bool> IsNamed)
{
    private const string Customers = "customer:";
    private const string Identifiers = "identifier:";
    private const string Intake = "intake:";
    private const string Kept = "kept:";

    /// <summary>Whether anything of a partition is sealed.</summary>
    internal bool IsSealed(string partition) => HasKey(partition) || IsShared(partition);

    /// <summary>The program's rules.</summary>
    public static SealingRules Default { get; } = new(
        static partition => partition.StartsWith(Customers, StringComparison.Ordinal),
        static partition => partition.StartsWith(Intake, StringComparison.Ordinal) || partition.StartsWith(Kept, StringComparison.Ordinal),
        static kind => kind is Kinds.Entry or Kinds.Lot or Kinds.Redemption or Kinds.Marker or Kinds.Merge or Kinds.Absorbed or Kinds.Offer
            or PersonalKey.Kind or Kinds.Erasure,
        static partition => partition.StartsWith(Identifiers, StringComparison.Ordinal));

}
