using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs;

/// <summary>A <c>start</c> somewhere in a file.</summary>
internal sealed record StartReference(FileFindings File, SourceNode.Scalar Journey, ImmutableSortedDictionary<string, AttributeType> With);

/// <summary>What journeys say about each other; it can be checked once all of them are read.</summary>
internal sealed class ProgramReferences
{
    public List<StartReference> Starts { get; } = [];

    /// <summary>The journeys that could be read.</summary>
    public List<Flow.LoadedJourney> Loaded { get; } = [];

    /// <summary>What a manual start of each journey brings; null: it cannot be started so.</summary>
    public Dictionary<string, ImmutableSortedDictionary<string, AttributeType>?> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Reports starts of journeys that are not there, cannot be started, or take other values.</summary>
    public void Check()
    {
        foreach (var (file, journey, with) in Starts)
        {
            if (!Entries.TryGetValue(journey.Text, out var declared))
            {
                file.Error(
                    journey, FindingCodes.UnknownJourney, $"there is no journey '{MapReader.Clip(journey.Text)}'", MapReader.Suggest(journey.Text, Entries.Keys));
                continue;
            }

            if (declared is null)
            {
                file.Error(
                    journey,
                    FindingCodes.UnknownJourney,
                    $"the journey '{journey.Text}' cannot be started by another",
                    $"add manual: true to enter in journeys/{journey.Text}.yaml");
                continue;
            }

            foreach (var (name, type) in with)
            {
                if (!declared.TryGetValue(name, out var wanted))
                    file.Error(
                        journey,
                        FindingCodes.UnknownKey,
                        $"the journey '{journey.Text}' takes no '{name}'",
                        MapReader.Suggest(name, declared.Keys) + "; what it takes stands under with: of its enter");
                else if (wanted != type)
                    file.Error(
                        journey,
                        FindingCodes.WrongType,
                        $"'{name}' of '{journey.Text}' is declared as {TypeWords.Word(wanted)}, this gives {TypeWords.Word(type)}",
                        $"write something that gives {TypeWords.Word(wanted)}");
            }
        }
    }
}

/// <summary>The words for types in program files.</summary>
internal static class TypeWords
{
    private static readonly (string Word, AttributeType Type)[] All =
    [
        ("text", AttributeType.Text), ("number", AttributeType.Number), ("yes-no", AttributeType.Flag), ("moment", AttributeType.Moment),
        ("date", AttributeType.Day), ("yearly-date", AttributeType.AnnualDay), ("money", AttributeType.Money), ("list", AttributeType.List),
    ];

    public static IReadOnlyList<string> Words { get; } = [.. All.Select(static t => t.Word)];

    public static AttributeType? Parse(string word)
    {
        foreach (var (known, type) in All)
        {
            if (known == word) return type;
        }

        return null;
    }

    public static string Word(AttributeType type) => Array.Find(All, t => t.Type == type).Word ?? "duration";
}
