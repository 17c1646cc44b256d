using System.Text.Json.Nodes;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

public sealed class JourneySchemaTests
{
    [Fact]
    public void Write_Now_IsTheFileInTheDocumentation()
    {
        var path = SourceTree.File("docs", "reference", "journey.schema.json");
        var written = JourneySchema.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, written);
        Assert.Equal(File.ReadAllText(path), written);
    }

    [Fact]
    public void ShippedJourneys_ReadByTheSchemaAlone_Fit()
    {
        var schema = new SchemaReader((JsonObject)JsonNode.Parse(JourneySchema.Write())!);
        var files = Directory.GetFiles(SourceTree.File("program", "journeys"), "*.yaml");
        Assert.NotEmpty(files);
        foreach (var file in files) Assert.Empty(schema.Check(SchemaReader.FromYaml(File.ReadAllText(file))));
    }

    [Theory]
    [InlineData("{ name: a, wiat: 1d }")]
    [InlineData("{ name: a, wait: 1d, send: hello }")]
    [InlineData("{ name: Big, wait: 1d }")]
    [InlineData("{ name: a, wait: soon }")]
    [InlineData("{ name: a, send: hello, class: urgent }")]
    [InlineData("{ name: a, repeat: { at-most: 0, steps: [ { name: b, wait: 1d } ] } }")]
    [InlineData("{ name: a, task: desk, outcomes: [ { outcome: done } ] }")]
    public void Mistakes_OfTheLoader_AreThoseOfTheSchema(string step)
    {
        var schema = new SchemaReader((JsonObject)JsonNode.Parse(JourneySchema.Write())!);
        var text = Shop.Head + "\nsteps:\n  - " + step;
        Assert.NotEmpty(schema.Check(SchemaReader.FromYaml(text)));
        Assert.Null(Shop.Load(text).Program);
    }
}
