using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;

namespace Loyalty.Engine.Programs;

/// <summary>Reads offers.yaml; a program without offers has no such file.</summary>
internal static class OfferFile
{
    public const string Path = "offers.yaml";
    private const int LeastRandom = 8;
    private const int MaxPattern = 40;

    private static readonly string[] Words = ["free-delivery", "free-item", "gift-card", "trade-credit", "status", "prize-draw-ticket", "points"];

    public static ImmutableSortedDictionary<string, OfferRule> Read(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, FindingList list)
    {
        var offers = ImmutableSortedDictionary.CreateBuilder<string, OfferRule>(StringComparer.Ordinal);
        if (!files.TryGetValue(Path, out var bytes)) return offers.ToImmutable();
        var findings = new FileFindings(Path, list);
        switch (YamlSource.Read(bytes.Span, findings))
        {
            case null: break;
            case SourceNode.Map map:
                var top = new MapReader(map, findings, "the offers", "offers");
                foreach (var (name, value) in top.Map("offers", required: true)?.Entries ?? [])
                {
                    if (ReadOffer(name, value, findings) is { } offer) offers[offer.Name] = offer;
                }

                break;
            case var other:
                findings.Error(other, FindingCodes.WrongType, $"the file is a group of keys, this is {other.Kind}", "begin with offers:");
                break;
        }

        return offers.ToImmutable();
    }

    private static OfferRule? ReadOffer(SourceNode.Scalar name, SourceNode value, FileFindings findings)
    {
        if (!Names.IsName(name.Text))
        {
            findings.Error(name, FindingCodes.BadName, $"'{MapReader.Clip(name.Text)}' is no name for an offer", Names.Rule);
            return null;
        }

        if (value is not SourceNode.Map map)
        {
            findings.Error(value, FindingCodes.WrongType, $"the offer '{name.Text}' says not what it gives", $"write {name.Text}: {{ title: …, gives: 10% }}");
            return null;
        }

        var reader = new MapReader(map, findings, $"the offer '{name.Text}'", "title", "gives", "pattern", "valid", "stock", "per-customer");
        var title = reader.Text("title", required: true);
        var gives = reader.Scalar("gives", required: true) is { } what ? Gives(what, findings) : null;
        var pattern = reader.Scalar("pattern");
        if (pattern is not null) CheckPattern(pattern, findings);
        var offer = new OfferRule
        {
            Name = name.Text,
            Title = title ?? name.Text,
            Gives = gives ?? AttributeValue.None,
            Pattern = pattern?.Text ?? OfferRule.DefaultPattern,
            Valid = reader.Duration("valid"),
            Stock = reader.Integer("stock", 1, 10_000_000),
            PerCustomer = reader.Integer("per-customer", 1, 1000),
        };
        return title is null || gives is null ? null : offer;
    }

    private static AttributeValue? Gives(SourceNode.Scalar scalar, FileFindings findings)
    {
        if (Words.Contains(scalar.Text)) return scalar.Text;
        var literal = Condition.Parse(scalar.Text, AttributeCatalogue.Empty, (AttributeType?)null, out _)?.Expression as Expression.Literal;
        switch (literal?.Value)
        {
            case AttributeValue.Number { Value: > 0 and <= 1 } when scalar.Text.EndsWith('%'): return literal.Value;
            case AttributeValue.Money { Minor: > 0 }: return literal.Value;
            default:
                findings.Error(
                    scalar,
                    FindingCodes.BadValue,
                    $"'{MapReader.Clip(scalar.Text)}' is nothing that an offer gives",
                    "write a percentage (10%), an amount (5 EUR), or one of " + string.Join(", ", Words));
                return null;
        }
    }

    private static void CheckPattern(SourceNode.Scalar pattern, FileFindings findings)
    {
        var text = pattern.Text;
        if (text.Length <= MaxPattern && text.Count(static c => c == '#') >= LeastRandom && text.All(static c => c is '#' or '-' || char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)))
            return;
        findings.Error(
            pattern,
            FindingCodes.BadValue,
            $"'{MapReader.Clip(text)}' is no pattern of a code",
            $"write capital letters, digits, - and at least {LeastRandom} # for random characters, e.g. SPRING-####-####");
    }
}
