using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Loyalty.Functions.Tests.Http;

/// <summary>Every route with a name in it, asked for a name that no store could hold.</summary>
public sealed partial class EndlessNameTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Theory]
    [InlineData(700)]
    [InlineData(1500)]
    public async Task EveryRoute_EndlessName_IsNobodysAndNoFault(int length)
    {
        var wrong = new List<string>();
        var asked = 0;
        foreach (var key in AccessTests.Functions().Select(static one => one.Key).Where(static key => key.Contains('{', StringComparison.Ordinal)))
        {
            var (method, route) = (key.Split(' ')[0], key.Split(' ')[1]);
            using var request = new HttpRequestMessage(new HttpMethod(method), "api/" + Name().Replace(route, match => match.Value.Contains(":long", StringComparison.Ordinal) ? "1" : new string('x', length)));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("admin"));
            request.Headers.Add("Idempotency-Key", "endless");
            if (method is "POST" or "PUT" or "PATCH") request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            var answer = await program.SendAsync(request);
            asked++;
            // A list of what nobody brought is empty.
            var isEmptyList = answer is { Status: 200, Text: "[]" };
            if (answer.Status is not (>= 400 and < 500) && !isEmptyList) wrong.Add($"{key}: {answer.Summary}");
        }

        Assert.Empty(wrong);
        Assert.True(asked > 40, $"only {asked} requests: the reader has lost its way");
    }

    [Fact]
    public async Task Story_OfACustomerWithAnEndlessId_IsNobodys() =>
        (await program.GetAsync("api/runs/x/story?customer=" + new string('y', 2000))).AssertProblem(404, "not-found");

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Name();
}
