using System.Text.Json.Nodes;
using Loyalty.Functions.OpenApi;

namespace Loyalty.Functions.Tests.Http;

/// <summary>/api/openapi.json describes every route and nothing else.</summary>
public sealed class OpenApiTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private static readonly IReadOnlyList<HttpOperation> Operations = HttpOperation.Of(typeof(Composition).Assembly);

    [Fact]
    public void HttpFunctions_All_AreDescribed()
    {
        var missing = Operations.Where(static one => string.IsNullOrWhiteSpace(one.Operation?.Summary))
            .Select(static one => $"{one.Function.DeclaringType!.Name}.{one.Function.Name} ({one.Method.ToUpperInvariant()} /{one.Route})").ToList();

        Assert.True(
            missing.Count == 0,
            "Put [Operation(\"what it does\", Answer = typeof(…), …)] below [Access] (CONTRIBUTING.md, \"A route\") on:\n  " + string.Join("\n  ", missing));
    }

    [Fact]
    public async Task Document_Routes_AreExactlyThoseOfTheFunctions()
    {
        var document = await ReadAsync();

        Assert.Equal("3.1.0", (string?)document["openapi"]);
        Assert.True(Operations.Count >= 10, "the reader has lost its way");
        var told = document["paths"]!.AsObject().SelectMany(static path => path.Value!.AsObject().Select(method => $"{method.Key} {path.Key}"));
        Assert.Equal(
            Operations.Select(static one => $"{one.Method} /api{one.Path}").Order(StringComparer.Ordinal),
            told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Document_Operations_HaveIdSummaryParametersAndAnswers()
    {
        var document = await ReadAsync();

        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in Operations)
        {
            var operation = document["paths"]!["/api" + one.Path]![one.Method]!;
            Assert.True(ids.Add((string)operation["operationId"]!), $"{one.Name} is the id of two operations");
            Assert.False(string.IsNullOrWhiteSpace((string?)operation["summary"]), one.Name);
            var parameters = operation["parameters"]?.AsArray().Where(static parameter => (string?)parameter!["in"] == "path").Select(static parameter => (string)parameter!["name"]!) ?? [];
            Assert.Equal(one.RouteParameters, parameters);
            Assert.Contains(operation["responses"]!.AsObject(), static answer => answer.Key[0] is '2' or '3');
            Assert.NotNull(operation["responses"]!["503"]);
            Assert.Equal(one.Roles.Any(static role => role is not (Access.Role.Anyone or Access.Role.Signature)), operation["security"] is not null);
        }
    }

    [Fact]
    public async Task Document_References_LeadToSchemas()
    {
        var document = await ReadAsync();

        var schemas = document["components"]!["schemas"]!.AsObject();
        var references = References(document).ToList();
        Assert.NotEmpty(references);
        Assert.All(references.Where(static one => one.StartsWith("#/components/", StringComparison.Ordinal)), one => Assert.True(schemas.ContainsKey(one.Split('/')[^1]), one));
        Assert.Contains("bad-signature", schemas["Problem"]!["properties"]!["code"]!["enum"]!.AsArray().Select(static code => (string?)code));
        Assert.Equal("date-time", (string?)schemas["RunView"]!["properties"]!["enteredAt"]!["format"]);
        Assert.Equal("array", (string?)document["paths"]!["/api/customers/{id}/runs"]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["type"]);
    }

    [Fact]
    public void Build_FunctionWithoutDescription_TakesItsName()
    {
        var bare = new HttpOperation("Bare", "get", "bare/{id:int}", GetType().GetMethod(nameof(Build_FunctionWithoutDescription_TakesItsName))!, null, [Access.Role.Support]);

        var operation = OpenApiDocument.Build([bare])["paths"]!["/api/bare/{id}"]!["get"]!;

        Assert.Equal("Bare", (string?)operation["summary"]);
        Assert.Equal("support", (string?)operation["x-roles"]![0]);
    }

    private async Task<JsonNode> ReadAsync()
    {
        var answer = await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/openapi.json"));
        Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType));
        return answer.Body;
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject one => one.SelectMany(static member => member.Key == "$ref" ? [(string)member.Value!] : References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
