using System.Text;

namespace Loyalty.Connectors.Tests;

/// <summary>As much Gherkin as the conformance file uses: scenario outlines with examples, doc strings and tables.</summary>
internal static class Gherkin
{
    public sealed record Step(string Text, string Doc, List<string[]> Table);

    public sealed record Scenario(string Name, List<Step> Steps);

    public static List<Scenario> Read(string feature)
    {
        var scenarios = new List<Scenario>();
        var lines = feature.ReplaceLineEndings("\n").Split('\n');
        string? name = null;
        var steps = new List<Step>();
        List<string[]>? examples = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.StartsWith("Scenario", StringComparison.Ordinal))
            {
                Close(scenarios, name, steps, examples);
                (name, steps, examples) = (line[(line.IndexOf(':') + 1)..].Trim(), [], null);
            }
            else if (line.StartsWith("Examples", StringComparison.Ordinal))
            {
                examples = [];
            }
            else if (line.StartsWith('|'))
            {
                var row = line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray();
                if (examples is not null) examples.Add(row);
                else steps[^1].Table.Add(row);
            }
            else if (line == "\"\"\"")
            {
                var indent = lines[i].IndexOf('"');
                var doc = new StringBuilder();
                while (lines[++i].Trim() != "\"\"\"") doc.Append(lines[i].Length >= indent ? lines[i][indent..] : lines[i].Trim()).Append('\n');
                steps[^1] = steps[^1] with { Doc = doc.ToString().TrimEnd('\n') };
            }
            else if (name is not null && line.Length > 0)
            {
                steps.Add(new Step(line[(line.IndexOf(' ') + 1)..], "", []));
            }
        }

        Close(scenarios, name, steps, examples);
        return scenarios;
    }

    private static void Close(List<Scenario> scenarios, string? name, List<Step> steps, List<string[]>? examples)
    {
        if (name is null) return;
        if (examples is null)
        {
            scenarios.Add(new Scenario(name, steps));
            return;
        }

        foreach (var row in examples.Skip(1))
        {
            string Fill(string text) => examples[0].Select((key, column) => (key, column)).Aggregate(text, (t, pair) => t.Replace($"<{pair.key}>", row[pair.column]));
            scenarios.Add(new Scenario(Fill(name), [.. steps.Select(s => new Step(Fill(s.Text), Fill(s.Doc), [.. s.Table.Select(r => r.Select(Fill).ToArray())]))]));
        }
    }
}
