using Loyalty.Core;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.Ledger;

/// <summary>A correction by a person.</summary>
public sealed record AdjustRequest
{
    /// <summary>Default <c>spendable</c>.</summary>
    public string Wallet { get; init; } = WalletRule.Spendable;

    /// <summary>More or less; not 0.</summary>
    public long Points { get; init; }

    /// <summary>Who does it.</summary>
    public string? Actor { get; init; }

    /// <summary>Why; the customer reads it.</summary>
    public string? Reason { get; init; }

    /// <summary>Who approved it; another person than <see cref="Actor"/>. Needed above the program's limit.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>Given points end after so many full days; null: never.</summary>
    public int? ExpiresAfterDays { get; init; }
}

/// <summary>Corrections with actor and reason, approved by a second person above the program's limit. The entry keeps all of it.</summary>
public sealed class AdjustPoints(PointsUseCase points, IProgramSource programs, IClock clock)
{
    /// <summary>
    /// Refused: <see cref="RefusalCode.InvalidField"/>, <see cref="RefusalCode.ApprovalNeeded"/>, <see cref="RefusalCode.IdempotencyKeyReused"/>, and what
    /// the ledger refuses.
    /// </summary>
    /// <param name="customerId">Whose.</param>
    /// <param name="request">What.</param>
    /// <param name="idempotencyKey">As it was sent.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public async Task<PointsAnswer> AdjustAsync(
        string customerId, AdjustRequest request, string? idempotencyKey, CancellationToken cancellation = default)
    {
        var program = programs.Current.Model;
        if (IdempotentRequest.Of("adjust", idempotencyKey, request) is not { } idempotent) return new PointsAnswer.Refused(RefusalCode.MissingHeader);
        if (request.ExpiresAfterDays is < 0 or > 36_500 || request.Points is 0 or long.MinValue) return new PointsAnswer.Refused(RefusalCode.InvalidField);
        if (program.ApprovalAbove is { } limit && Math.Abs(request.Points) > limit && !IsApproved(request))
            return new PointsAnswer.Refused(RefusalCode.ApprovalNeeded);
        Instant? expiresAt = request.ExpiresAfterDays is { } days ? LotTerms.EndOfDay(clock.GetCurrentInstant(), days, program.TimeZone) : null;
        var cause = new EntryCause { Actor = request.Actor?.Trim(), Reason = request.Reason?.Trim(), ApprovedBy = request.ApprovedBy?.Trim() };
        var command = new LedgerCommand.Adjust(idempotent.BusinessKey, request.Points, expiresAt, cause);
        return await points.PostAsync(customerId, request.Wallet, command, idempotent, cancellation);
    }

    private static bool IsApproved(AdjustRequest request) =>
        !string.IsNullOrWhiteSpace(request.ApprovedBy) && !string.Equals(request.ApprovedBy.Trim(), request.Actor?.Trim(), StringComparison.OrdinalIgnoreCase);
}
