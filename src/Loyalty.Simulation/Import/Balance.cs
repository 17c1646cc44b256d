using System.Globalization;
using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Simulation.Import;

/// <summary>Points that a person brings along from another system: one lot.</summary>
public sealed record Balance
{
    /// <summary>First 16 characters of the file's SHA-256 and the record: the same file imported twice is imported once.</summary>
    public required string EventId { get; init; }

    /// <summary>On which the record begins, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The file's own id of the person; null: known by e-mail only.</summary>
    public string? CustomerId { get; init; }
    public string? Email { get; init; }

    /// <summary>One of the program's; default <c>spendable</c>.</summary>
    public required string Wallet { get; init; }

    /// <summary>1 to 10^15, the most of one entry.</summary>
    public required long Points { get; init; }

    /// <summary>When they were earned: tiers by points count them there; null: when they are imported.</summary>
    public Instant? EarnedAt { get; init; }

    /// <summary>Usable from then on; null: at once.</summary>
    public Instant? AvailableAt { get; init; }

    /// <summary>Ended from then on; null: never.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>The customer reads it; null: "opening balance".</summary>
    public string? Reason { get; init; }

    /// <summary>The key under which the person's other records are found.</summary>
    public string Person => CustomerId ?? Email!;

    internal static readonly string[] Fields = ["id", "customerId", "email", "wallet", "points", "earnedAt", "availableAt", "expiresAt", "reason"];

    /// <summary>Reads a record.</summary>
    /// <exception cref="PurchaseFileException">A property is not as it should be.</exception>
    internal static Balance Of(RecordFields fields, string id)
    {
        // What the ledger takes as one entry: an export has every lot that there is, and has to come back.
        const long Most = LedgerLimits.PointsPerEntry;
        var (customer, email) = JsonHistory.Who(fields);
        var points = fields.Number("points") ?? throw fields.Wrong("points", "a whole number of points", "");
        if (points < 1 || points > Most || decimal.Truncate(points) != points)
            throw fields.Wrong("points", string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {Most:N0} (leave out people without points)"), points.ToString(CultureInfo.InvariantCulture));
        var (available, expires) = (fields.Moment("availableAt"), fields.Moment("expiresAt"));
        if (available is not null && expires is not null && expires <= available) throw fields.Wrong("expiresAt", $"a moment after {fields.NameOf("availableAt")}", expires.Value.ToString());
        return new Balance
        {
            EventId = id,
            Line = fields.Line,
            CustomerId = customer,
            Email = email,
            Wallet = fields.Text("wallet", 60) ?? Core.Programs.WalletRule.Spendable,
            Points = (long)points,
            EarnedAt = fields.Moment("earnedAt"),
            AvailableAt = available,
            ExpiresAt = expires,
            Reason = fields.Text("reason", 200),
        };
    }
}
