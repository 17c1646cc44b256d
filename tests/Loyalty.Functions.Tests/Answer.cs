using System.Text.Json.Nodes;

namespace Loyalty.Functions.Tests;

/// <summary>What came back over HTTP.</summary>
public sealed record Answer(int Status, string? MediaType, string? Challenge, string Text)
{
    /// <summary>The body; fails where it is no JSON.</summary>
    public JsonNode Body => JsonNode.Parse(Text)!;

    /// <summary>Status and, where the body tells one, the reason or code: <c>202</c>, <c>200 unknown-topic</c>, <c>401 bad-signature</c>.</summary>
    public string Summary
    {
        get
        {
            var word = Text.Length > 0 && JsonNode.Parse(Text) is JsonObject body ? (string?)(body["nothing"] ?? body["code"]) : null;
            return word is null ? $"{Status}" : $"{Status} {word}";
        }
    }

    /// <summary>A refusal: RFC 9457 with everything it promises.</summary>
    public void AssertProblem(int status, string code)
    {
        Assert.True($"{status} {code}" == Summary, Text);
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal(status, (int)Body["status"]!);
        Assert.Equal("urn:loyalty:problem:" + code, (string?)Body["type"]);
        Assert.False(string.IsNullOrWhiteSpace((string?)Body["title"]));
        Assert.False(string.IsNullOrWhiteSpace((string?)Body["detail"]));
    }
}
