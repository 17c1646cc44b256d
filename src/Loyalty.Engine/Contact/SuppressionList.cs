using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>Addresses to which nothing may be sent, whoever they belong to: lists that another system has collected. Kept by the hash of the address.</summary>
public sealed class SuppressionList(IDocumentStore store, IClock clock)
{
    /// <summary>Addresses in one import.</summary>
    public const int ImportLimit = 10_000;

    private const string SuppressedId = "suppressed";
    private const string ReportSource = "report";

    /// <summary>Whether an address stands on the list.</summary>
    public async ValueTask<bool> HasAsync(string address, CancellationToken cancellation = default) =>
        Named(address) is { } identifier && await store.ReadAsync(Keys.IdentifierPartition(identifier), SuppressedId, cancellation) is not null;

    /// <summary>Why an address stands on the list (<see cref="SuppressionReasons"/>); null: it does not.</summary>
    public async ValueTask<string?> ReasonAsync(string address, CancellationToken cancellation = default) =>
        Named(address) is { } identifier && await store.ReadAsync(Keys.IdentifierPartition(identifier), SuppressedId, cancellation) is { } document
            ? Core.Serialization.LoyaltyJson.Read<SuppressedAddress>(document.Body.Span).Reason
            : null;

    /// <summary>Keeps what is known of a mailbox when its person is erased: it is not there, or its owner wants nothing. What stands on the list stays as it is.</summary>
    /// <param name="identifier">The address or number.</param>
    /// <param name="reason">One of <see cref="SuppressionReasons"/>.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    public async Task KeepAsync(Identifier identifier, string reason, CancellationToken cancellation = default)
    {
        var session = new PartitionSession(store, Keys.IdentifierPartition(identifier));
        if (await session.ReadAsync<SuppressedAddress>(SuppressedId, cancellation) is not null) return;
        session.Put(SuppressedId, Kinds.Suppressed, new SuppressedAddress(reason, ReportSource, clock.GetCurrentInstant()));
        // Refused: somebody else has put it there.
        await session.CommitAsync(cancellation);
    }

    /// <summary>Puts addresses on the list; one that stands there stays as it is.</summary>
    /// <returns>How many were new, and which lines (from 1) are no address.</returns>
    public async Task<SuppressionImport> ImportAsync(IReadOnlyList<string> addresses, string source, CancellationToken cancellation = default)
    {
        var (added, known, bad) = (0, 0, new List<int>());
        for (var line = 0; line < addresses.Count; line++)
        {
            if (string.IsNullOrWhiteSpace(addresses[line])) continue;
            if (Named(addresses[line]) is not { } identifier)
            {
                bad.Add(line + 1);
                continue;
            }

            var session = new PartitionSession(store, Keys.IdentifierPartition(identifier));
            if (await session.ReadAsync<SuppressedAddress>(SuppressedId, cancellation) is not null)
            {
                known++;
                continue;
            }

            session.Put(SuppressedId, Kinds.Suppressed, new SuppressedAddress(SuppressionReasons.Imported, source, clock.GetCurrentInstant()));
            if (await session.CommitAsync(cancellation)) added++;
            else known++;
        }

        return new SuppressionImport(added, known, bad);
    }

    /// <summary>Takes an address off the list.</summary>
    /// <returns>False: it does not stand there.</returns>
    public async Task<bool> RemoveAsync(string address, CancellationToken cancellation = default) =>
        Named(address) is { } identifier
        && (await store.CommitAsync(Keys.IdentifierPartition(identifier), [new DocumentWrite.Delete(SuppressedId)], cancellation)).IsCommitted;

    private static Identifier? Named(string address) => Identifier.Email(address) ?? Identifier.Phone(address);

    private sealed record SuppressedAddress(string Reason, string Source, Instant At);
}

/// <summary>What an import did.</summary>
/// <param name="Added">New addresses.</param>
/// <param name="Known">Addresses that stood on the list.</param>
/// <param name="BadLines">Lines, from 1, that are no address.</param>
public sealed record SuppressionImport(int Added, int Known, IReadOnlyList<int> BadLines);
