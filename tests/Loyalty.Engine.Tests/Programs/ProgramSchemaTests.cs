using System.Text.Json.Nodes;
using Loyalty.Engine.Programs;
using YamlDotNet.RepresentationModel;

namespace Loyalty.Engine.Tests.Programs;

/// <summary>Editors and the loader agree about program.yaml and offers.yaml: each key, each mandatory key, each unknown one.</summary>
public sealed class ProgramSchemaTests
{
    private const string Journey = Shop.Head + "\nsteps:\n  - { name: a, wait: 1d }";

    private static readonly SchemaReader OfProgram = new((JsonObject)JsonNode.Parse(ProgramSchema.Write())!);
    private static readonly SchemaReader OfOffers = new((JsonObject)JsonNode.Parse(OfferSchema.Write())!);

    [Theory]
    [InlineData("program.schema.json")]
    [InlineData("offers.schema.json")]
    public void Write_Now_IsTheFileInTheDocumentation(string name)
    {
        var path = Path.Combine(ShippedProgram.Directory, "..", "docs", "reference", name);
        var written = name == "offers.schema.json" ? OfferSchema.Write() : ProgramSchema.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, written);
        Assert.Equal(File.ReadAllText(path), written);
    }

    [Fact]
    public void ShippedFiles_ReadByTheSchemaAlone_Fit()
    {
        Assert.Empty(OfProgram.Check(SchemaReader.FromYaml(File.ReadAllText(Path.Combine(ShippedProgram.Directory, "program.yaml")))));
        Assert.Empty(OfOffers.Check(SchemaReader.FromYaml(File.ReadAllText(Path.Combine(ShippedProgram.Directory, "offers.yaml")))));
    }

    [Fact]
    public void Sample_OfEverything_FitsBothAndLeavesNoKeyOut()
    {
        Assert.Empty(Load(ProgramSample.Program, ProgramSample.Offers));
        var (program, offers) = (Fresh(ProgramSchema.Write()), Fresh(OfferSchema.Write()));

        Assert.Empty(program.Check(SchemaReader.FromYaml(ProgramSample.Program)));
        Assert.Empty(offers.Check(SchemaReader.FromYaml(ProgramSample.Offers)));

        // A reward is points or an offer.
        Assert.Equal(["$.referrals.friend.offer", "$.referrals.referrer.points"], program.Unvisited());
        Assert.Empty(offers.Unvisited());
    }

    [Fact]
    public void UnknownKey_InEachGroup_IsRefusedByBoth()
    {
        var groups = 0;
        foreach (var (isOffers, path, mutated) in Mutations(static map => [("unknown", Add(map))]))
        {
            groups++;
            var (loader, schema) = Both(isOffers, mutated);
            Assert.True(loader.Count > 0, $"{path}: the loader takes an unknown key");
            Assert.True(schema.Count > 0, $"{path}: the schema takes an unknown key");
        }

        Assert.True(groups > 60, $"{groups}");
    }

    [Fact]
    public void EachKey_LeftOut_IsMissedByBothOrByNeither()
    {
        var (missed, kept) = (0, 0);
        var apart = new List<string>();
        foreach (var (isOffers, path, mutated) in Mutations(static map => map.Children.Keys.Select(key => (key.ToString(), Without(map, key)))))
        {
            var (loader, schema) = Both(isOffers, mutated);
            // What the loader misses because another part of the file names it is beyond a schema.
            var isMissed = loader.Exists(static f => f.Code is FindingCodes.Missing or FindingCodes.BadValue or FindingCodes.WrongType && !f.Message.Contains("there is no", StringComparison.Ordinal)
                && !f.Message.Contains("program has no", StringComparison.Ordinal) && !f.Message.Contains("not declared", StringComparison.Ordinal));
            if (isMissed) missed++;
            else kept++;
            if (isMissed != schema.Count > 0 && !IsSense(path)) apart.Add($"{path}: loader [{string.Join("; ", loader)}], schema [{string.Join("; ", schema)}]");
        }

        Assert.Empty(apart);
        Assert.True(missed > 40 && kept > 120, $"{missed} {kept}");
    }

    [Fact]
    public void EachValue_OfAnotherType_IsRefusedByBoth()
    {
        var values = 0;
        var taken = new List<string>();
        foreach (var (isOffers, path, mutated) in Mutations(static map => map.Children.Keys.Select(key => (key.ToString(), With(map, key, Other(map.Children[key]))))))
        {
            values++;
            var (loader, schema) = Both(isOffers, mutated);
            if (loader.Count == 0 || schema.Count == 0) taken.Add($"{path}: {(loader.Count == 0 ? "the loader" : "the schema")}");
        }

        Assert.Empty(taken);

        Assert.True(values > 200, $"{values}");
    }

    /// <summary>Keys that another key of the group asks for: the loader knows, an editor does not.</summary>
    private static bool IsSense(string path) =>
        path is "$.games.until" // a challenge ends
            or "$.games.every" // a streak has a period
            or "$.measures.spent.of" // a sum is of something
            or "$.offers.card.gives.wallet" or "$.offers.trade.gives.wallet"; // the wallet of its own name must be declared

    private static SchemaReader Fresh(string schema) => new((JsonObject)JsonNode.Parse(schema)!);

    private static List<Finding> Load(string program, string offers) =>
        [.. Shop.Load(Journey, program, ("offers.yaml", offers)).Findings.Where(static f => f.Severity == FindingSeverity.Error)];

    private static (List<Finding> Loader, List<string> Schema) Both(bool isOffers, string text) => isOffers
        ? (Load(ProgramSample.Program, text), OfOffers.Check(SchemaReader.FromYaml(text)))
        : (Load(text, ProgramSample.Offers), OfProgram.Check(SchemaReader.FromYaml(text)));

    /// <summary>Every group of keys of the sample, changed in each way, one at a time.</summary>
    private static IEnumerable<(bool IsOffers, string Path, string Text)> Mutations(Func<YamlMappingNode, IEnumerable<(string What, Action<YamlMappingNode> Change)>> changes)
    {
        foreach (var isOffers in new[] { false, true })
        {
            var text = isOffers ? ProgramSample.Offers : ProgramSample.Program;
            var count = Maps(Root(text), "$").Count();
            for (var i = 0; i < count; i++)
            {
                var (path, map) = Maps(Root(text), "$").ElementAt(i);
                foreach (var (what, _) in changes(map).ToList())
                {
                    var root = Root(text);
                    var (_, own) = Maps(root, "$").ElementAt(i);
                    changes(own).Single(one => one.What == what).Change(own);
                    yield return (isOffers, $"{path}.{what}", Write(root));
                }
            }
        }
    }

    /// <summary>Groups with keys of the language; in the others any name is a key.</summary>
    private static IEnumerable<(string Path, YamlMappingNode Map)> Maps(YamlNode node, string path)
    {
        if (node is YamlMappingNode map)
        {
            if (!IsOfNames(path)) yield return (path, map);
            foreach (var (key, value) in map.Children)
            {
                foreach (var inner in Maps(value, $"{path}.{key}")) yield return inner;
            }
        }
        else if (node is YamlSequenceNode list)
        {
            foreach (var inner in list.Children.SelectMany(item => Maps(item, path))) yield return inner;
        }
    }

    private static bool IsOfNames(string path) =>
        path is "$.topics" or "$.facts" or "$.events" or "$.events.club.joined" or "$.wallets" or "$.stacking" or "$.measures" or "$.endpoints" or "$.assets" or "$.channels"
            or "$.contact.budgets" or "$.offers" or "$.draws" || path.EndsWith(".privileges", StringComparison.Ordinal) || path.EndsWith(".reply", StringComparison.Ordinal);

    private static YamlMappingNode Root(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static string Write(YamlMappingNode root)
    {
        using var writer = new StringWriter();
        new YamlStream(new YamlDocument(root)).Save(writer, assignAnchors: false);
        return writer.ToString().Replace("...", "", StringComparison.Ordinal);
    }

    private static Action<YamlMappingNode> Add(YamlMappingNode _) => static map => map.Add("unknown-key", "x");

    private static Action<YamlMappingNode> Without(YamlMappingNode _, YamlNode key) => map => map.Children.Remove(key);

    private static Action<YamlMappingNode> With(YamlMappingNode _, YamlNode key, YamlNode value) => map => map.Children[key] = value;

    private static YamlNode Other(YamlNode value) => value switch
    {
        YamlMappingNode => new YamlScalarNode("strange: thing"),
        _ => new YamlMappingNode(new YamlScalarNode("strange"), new YamlScalarNode("x")),
    };
}
