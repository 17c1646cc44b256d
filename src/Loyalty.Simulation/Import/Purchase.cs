using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Simulation.Import;

/// <summary>One purchase of a file of history.</summary>
public sealed record Purchase
{
    /// <summary>
    /// First 16 characters of the file's SHA-256 and the line: the same file imported twice is imported once; equal
    /// rows are several purchases.
    /// </summary>
    public required string EventId { get; init; }

    /// <summary>In the file, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The file's own id of the person; null: known by e-mail only.</summary>
    public string? CustomerId { get; init; }
    public string? Email { get; init; }
    public required LocalDate Date { get; init; }

    /// <summary>The moment, where the file tells one.</summary>
    public Instant? At { get; init; }
    public required long Quantity { get; init; }

    /// <summary>Minor units of <see cref="Currency"/>, 0 or more.</summary>
    public required long AmountMinor { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>The shop's order id; null: the event id.</summary>
    public string? OrderId { get; init; }
    public string? Sku { get; init; }

    /// <summary>The purchase as a paid order, told at noon of its day where the file has no time.</summary>
    /// <param name="format">Names the source, e.g. <c>cdnow</c>: source <c>import:cdnow</c>, ids
    /// <c>import:cdnow:…</c>.</param>
    /// <param name="zone">Whose noon.</param>
    /// <param name="now">When it is imported.</param>
    public CanonicalEvent ToEvent(string format, DateTimeZone zone, Instant now)
    {
        var at = At ?? Date.At(new LocalTime(12, 0)).InZoneLeniently(zone).ToInstant();
        var order = new OrderSnapshot
        {
            OrderId = $"import:{format}:{OrderId ?? EventId}",
            Currency = Currency,
            PlacedAt = at,
            UpdatedAt = at,
            Payment = PaymentStatus.Paid,
            PaidAt = at,
            Lines = [new OrderLine { LineId = "1", Sku = Sku, Quantity = Quantity, NetMinor = AmountMinor }],
        };
        var identifiers = new List<Identifier>(2);
        if (CustomerId is not null) identifiers.Add(Identifier.External("import", format, CustomerId));
        if (Identifier.Email(Email) is { } email) identifiers.Add(email);
        return new CanonicalEvent
        {
            Id = EventId,
            Source = $"import:{format}",
            Type = EventTypes.OrderPaid,
            Time = at,
            ReceivedAt = now,
            Identifiers = [.. identifiers],
            Data = new EventData.Order(order),
        };
    }
}

/// <summary>
/// A file of history that cannot be read; the message names line, what was expected and what was found.
/// </summary>
public sealed class PurchaseFileException(string message) : Exception(message)
{
    private const int MostShown = 60;

    /// <summary>A fault at a place of the file.</summary>
    /// <param name="line">From 1.</param>
    /// <param name="expected">What should stand there.</param>
    /// <param name="found">What does, as it stands; empty: nothing.</param>
    /// <param name="path">Where in the line; null: there is only one place.</param>
    internal static PurchaseFileException At(int line, string expected, string found, string? path = null) => new(string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"Line {line}{(path is null ? "" : ", " + path)}: expected {expected}, found {(found.Length == 0 ? "nothing" : $"'{Shown(found)}'")}."));

    /// <summary>A row that has not as many fields as the header has columns.</summary>
    internal static PurchaseFileException Fields(int line, int expected, int found) => new(string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"Line {line}: expected {expected} fields as in the header, found {found}; put quotes around a value that has a separator in it."));

    /// <summary>A column of the header that there is not.</summary>
    internal static PurchaseFileException Column(string name, IReadOnlyList<string> known) => NearestName.Of(name, known) is { } nearest
        ? At(1, $"the column '{nearest}'", name)
        : At(1, $"columns out of {string.Join(", ", known)}", name);

    /// <summary>What was found, as a message shows it: its beginning, without what would move a terminal's cursor or turn the direction of what stands beside it.</summary>
    internal static string Shown(string found)
    {
        var begins = found.Length > MostShown ? found[..MostShown] + "…" : found;
        return begins.Any(IsUnseen) ? string.Concat(begins.Select(static c => IsUnseen(c) ? '\uFFFD' : c)) : begins;
    }

    private static bool IsUnseen(char c) =>
        char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator;
}
