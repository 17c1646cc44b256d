using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// How long personal data is kept, by kind (settings <c>Privacy__Retention__…Days</c>). A period is written into each document as its expiry when it is stored:
/// from then on it is gone for every reader, and removed by the store. A changed setting holds for what is written from then on.
/// </summary>
public sealed record RetentionRules
{
    /// <summary>Accepted events, 7 to 90 days, default 90: no longer than what makes a redelivery known.</summary>
    public Duration Intake { get; init; } = Retention.Intake;

    /// <summary>Bodies that could not be mapped, 1 to 90 days, default 90.</summary>
    public Duration Kept { get; init; } = Retention.Intake;

    /// <summary>What became of messages, 30 to 3650 days, default 730.</summary>
    public Duration Messages { get; init; } = Duration.FromDays(730);

    /// <summary>Feedback, 30 to 3650 days, default 1096.</summary>
    public Duration Feedback { get; init; } = Duration.FromDays(1096);

    /// <summary>The audit log, 90 to 3650 days, default 1096.</summary>
    public Duration Audit { get; init; } = Duration.FromDays(1096);

    /// <summary>Runs, from their end, 400 to 3650 days, default 1096: no shorter than results are compared with those of a year before.</summary>
    public Duration Runs { get; init; } = Duration.FromDays(1096);

    /// <summary>Orders, from what was last told of them, 400 to 3650 days; null, the default: until the person is erased. An order that was placed longer ago is not taken in.</summary>
    public Duration? Orders { get; init; }

    /// <summary>People who have done nothing and have no points, 365 to 3650 days; null, the default: for ever. They are erased by <see cref="RetentionPass"/>.</summary>
    public Duration? Inactive { get; init; }

    /// <summary>Whether an order of which nothing is stored is too old to be taken in.</summary>
    public bool IsTooOld(Instant placedAt, Instant now) => Orders is { } keep && placedAt + keep <= now;

    /// <summary>The defaults.</summary>
    public static RetentionRules Default { get; } = new();

    /// <summary>The period of a kind of document; null: it is kept until the person is erased, or has a term of its own.</summary>
    public Duration? Of(string kind) => kind switch
    {
        Kinds.Intake or Kinds.Aside => Intake,
        "kept" => Kept,
        Kinds.Message => Messages,
        Kinds.Feedback => Feedback,
        Kinds.Run => Runs,
        Kinds.Order => Orders,
        _ => null,
    };
}
