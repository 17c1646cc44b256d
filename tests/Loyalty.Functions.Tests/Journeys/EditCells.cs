namespace Loyalty.Functions.Tests.Journeys;

/// <summary>
/// The edit contract as a table: what is edited × where the person is × what happens to people inside. A person's letters stand as template and
/// day since entry. The edit comes on day 1 (before the edited place), on day 4 (at it, since day 2) or on day 8 (behind it, since day 6).
/// </summary>
internal static class EditCells
{
    private const string Plain = """
          - { name: w1, wait: 2d }
          - { name: m1, send: a }
          - { name: w2, wait: 4d }
          - { name: m2, send: b }
          - { name: w3, wait: 4d }
          - { name: m3, send: c }
        """;

    private const string Asked = """
          - { name: w1, wait: 2d }
          - { name: m1, send: a }
          - name: w2
            wait-for: { event: feedback.given, when: event.reason = 'one', up-to: 4d }
            in-time:
              - { name: answer, send: y }
          - { name: m2, send: b }
          - { name: w3, wait: 4d }
          - { name: m3, send: c }
        """;

    private const string Armed = """
          - { name: w1, wait: 2d }
          - { name: m1, send: a }
          - name: arms
            split:
              - arm: north
                share: 100%
                steps:
                  - { name: w2, wait: 4d }
                  - { name: m2, send: b }
              - arm: south
                share: 0%
                steps:
                  - { name: s-wait, wait: 1d }
                  - { name: s-mail, send: x }
          - { name: w3, wait: 4d }
          - { name: m3, send: c }
        """;

    /// <summary>Days before the edit on which a person enters, by position.</summary>
    public static IReadOnlyDictionary<string, int> Positions { get; } =
        new Dictionary<string, int>(StringComparer.Ordinal) { ["before"] = 1, ["at"] = 4, ["after"] = 8 };

    public static string[] Modes { get; } = ["pin", "follow", "map"];

    public static string[] Templates { get; } = ["a", "b", "c", "x", "y", "z"];

    /// <summary>Nobody is sent anything else than in the version before: what <c>pin</c> promises, for everybody.</summary>
    public const string Unchanged = "a2 b6 c10";

    public static EditCell[] Edits { get; } =
    [
        new("step-added", Plain, Plain.Replace("  - { name: m2", "  - { name: added, send: x }\n  - { name: m2", StringComparison.Ordinal), "w2=w2")
        {
            Follow = ["a2 x6 b6 c10", "a2 x6 b6 c10", Unchanged],
        },
        new("step-removed", Plain, Plain.Replace("  - { name: w2, wait: 4d }\n", "", StringComparison.Ordinal), "w2=w3")
        {
            // The person at the removed wait goes to what follows it; by the map, to the begin of the named step.
            Follow = ["a2 b2 c6", "a2 b4 c8", Unchanged],
            Map = ["a2 b2 c6", "a2 c8", Unchanged],
        },
        new("step-renamed", Plain, Plain.Replace("name: w2", "name: pause", StringComparison.Ordinal), "w2=pause")
        {
            // Without a map a new name is another step: the wait that was begun is gone.
            Follow = [Unchanged, "a2 b4 c8", Unchanged],
            Map = [Unchanged, Unchanged, Unchanged],
        },
        new(
            "step-moved",
            Plain,
            Plain.Replace("  - { name: m1, send: a }\n", "", StringComparison.Ordinal).Replace("  - { name: m2", "  - { name: m1, send: a }\n  - { name: m2", StringComparison.Ordinal),
            "w2=w2")
        {
            // Whoever has had it does not get it again at its new place.
            Follow = ["a6 b6 c10", Unchanged, Unchanged],
        },
        new("wait-shortened", Plain, Plain.Replace("w2, wait: 4d", "w2, wait: 1d", StringComparison.Ordinal), "w2=w2")
        {
            // Begun on day 2, over on day 3: that is past, so it is over at the edit.
            Follow = ["a2 b3 c7", "a2 b4 c8", Unchanged],
        },
        new("wait-lengthened", Plain, Plain.Replace("w2, wait: 4d", "w2, wait: 8d", StringComparison.Ordinal), "w2=w2")
        {
            Follow = ["a2 b10 c14", "a2 b10 c14", Unchanged],
        },
        new("condition-changed", Asked, Asked.Replace("'one'", "'two'", StringComparison.Ordinal), "w2=w2")
        {
            // Everybody answers 'two', a day and a half after the edit.
            Follow = ["a2 y2.5 b2.5 c6.5", "a2 y5.5 b5.5 c9.5", Unchanged],
        },
        new("template-changed", Plain, Plain.Replace("send: b", "send: z", StringComparison.Ordinal), "w2=w2")
        {
            Follow = ["a2 z6 c10", "a2 z6 c10", Unchanged],
        },
        new("arm-removed", Armed, WithoutNorth(), "w2=s-wait")
        {
            // Who was in the arm goes on after the split; by the map, at the begin of the named step of the arm that is left.
            Follow = ["a2 x3 c7", "a2 c8", Unchanged],
            Map = ["a2 x3 c7", "a2 x5 c9", Unchanged],
        },
    ];

    private static string WithoutNorth()
    {
        var north = Armed.IndexOf("      - arm: north", StringComparison.Ordinal);
        var south = Armed.IndexOf("      - arm: south", StringComparison.Ordinal);
        return Armed.Remove(north, south - north).Replace("share: 0%", "share: 100%", StringComparison.Ordinal);
    }
}

/// <summary>One edit.</summary>
/// <param name="Name">Kebab-case.</param>
/// <param name="Before">Steps of the version people are on.</param>
/// <param name="After">Steps of the version that is published.</param>
/// <param name="Moves">Of <c>map</c>.</param>
internal sealed record EditCell(string Name, string Before, string After, string Moves)
{
    private readonly string[]? _map;

    /// <summary>Letters by position: before, at, after.</summary>
    public required string[] Follow { get; init; }

    /// <summary>Where nothing else is said, as <see cref="Follow"/>.</summary>
    public string[] Map
    {
        get => _map ?? Follow;
        init => _map = value;
    }

    public string Expected(string mode, string position)
    {
        var at = position switch { "before" => 0, "at" => 1, _ => 2 };
        return mode switch { "pin" => EditCells.Unchanged, "follow" => Follow[at], _ => Map[at] };
    }
}
