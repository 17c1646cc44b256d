using System.Net.Http.Headers;
using System.Text;

namespace Loyalty.Functions.Tests.Simulation;

public sealed class SimulateHttpTests(ProgramFixture fixture) : IClassFixture<ProgramFixture>
{
    [Fact]
    public async Task Simulate_GeneratedPeople_AnswersDraftBesideLive()
    {
        var answer = await PostAsync("simulate", """{ "people": "generated", "customers": 30, "days": 40 }""");
        Assert.Equal(200, answer.Status);
        var draft = answer.Body["draft"]!;
        Assert.Equal(30, (int)draft["customers"]!);
        Assert.True((int)draft["journeys"]![0]!["entered"]! > 0);
        Assert.Equal(draft.ToJsonString(), answer.Body["live"]!.ToJsonString());
    }

    [Fact]
    public async Task Diff_ADraft_TellsTheChangeInWords()
    {
        var yaml = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "program", "journeys", "welcome.yaml"));
        var body = System.Text.Json.JsonSerializer.Serialize(new { yaml = yaml.Replace("wait: 3d", "wait: 2d", StringComparison.Ordinal) });
        var answer = await PostAsync("diff", body);
        Assert.Equal(200, answer.Status);
        Assert.Equal("wait: 3d → 2d", (string?)answer.Body["changes"]![0]!["words"]);
    }

    [Fact]
    public async Task Diff_ADraftOfTemplatesAndProgram_TellsWhichFilesDiffer()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "program");
        var body = System.Text.Json.JsonSerializer.Serialize(new
        {
            files = new Dictionary<string, string>
            {
                ["templates/welcome/en.hbs"] = await File.ReadAllTextAsync(Path.Combine(program, "templates", "welcome", "en.hbs")) + "<p>P.S.</p>",
                ["templates/last-call/en.hbs"] = await File.ReadAllTextAsync(Path.Combine(program, "templates", "last-call", "en.hbs")) + "<p>P.S.</p>",
                ["program.yaml"] = await File.ReadAllTextAsync(Path.Combine(program, "program.yaml")) + "\n# reviewed\n",
            },
        });

        var answer = await PostAsync("diff", body);

        // The other template is of another journey.
        Assert.Equal(
            ["program.yaml differs", "the message differs: templates/welcome/en.hbs"],
            answer.Body["changes"]!.AsArray().Select(static one => (string)one!["words"]!));
    }

    [Fact]
    public async Task Simulate_RatesAndQuota_AreThoseOfTheRequest()
    {
        var answer = await PostAsync("simulate", """{ "people": "generated", "customers": 30, "days": 40, "rates": ["open=100%", "welcome.click=1"], "quota": ["1/day"] }""");

        Assert.Equal(200, answer.Status);
        foreach (var template in answer.Body["draft"]!["messages"]!.AsArray()) Assert.Equal((long)template!["sent"]!, (long)template["opened"]!);
        Assert.True((long)answer.Body["draft"]!["quotas"]!["delayed"]! > 0);
    }

    [Theory]
    [InlineData("simulate", """{ "rates": ["opn=1"] }""", "invalid-field")]
    [InlineData("simulate", """{ "rates": ["open=101%"] }""", "invalid-field")]
    [InlineData("simulate", """{ "rates": ["wellcome.open=50%"] }""", "invalid-field")]
    [InlineData("simulate", """{ "quota": ["100/week"] }""", "invalid-field")]
    [InlineData("simulate", """{ "people": "martians" }""", "invalid-field")]
    [InlineData("simulate", """{ "customers": 5001 }""", "invalid-field")]
    [InlineData("diff", """{ "days": 91 }""", "invalid-field")]
    [InlineData("diff", """{ "yaml": "journey: [" }""", "invalid-field")]
    [InlineData("simulate", "{", "malformed-body")]
    [InlineData("simulate", """{ "yml": "journey: x" }""", "malformed-body")]
    [InlineData("diff", """{ "dayz": 5 }""", "malformed-body")]
    public async Task Post_Malformed_IsRefusedWithItsCode(string what, string body, string code) =>
        Assert.Equal(code, (string?)(await PostAsync(what, body)).Body["code"]);

    [Fact]
    public async Task Simulate_UnknownJourney_NotFound() =>
        Assert.Equal(404, (await PostAsync("simulate", "{}", journey: "nothing-like-it")).Status);

    [Fact]
    public async Task Simulate_OtherRoles_Forbidden() =>
        Assert.Equal(403, (await PostAsync("simulate", "{}", role: "support")).Status);

    private Task<Answer> PostAsync(string what, string body, string journey = "welcome", string role = "marketer")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"api/journeys/{journey}/{what}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf(role));
        return fixture.SendAsync(request);
    }
}
