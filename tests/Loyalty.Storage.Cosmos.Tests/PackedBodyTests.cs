using System.Text;
using System.Text.Json;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Cosmos.Tests;

/// <summary>How a document lies in the container: small as it is, large packed; both are read back byte for byte.</summary>
public sealed class PackedBodyTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 2, 9, 0);

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(900)]
    [InlineData(1_100)]
    [InlineData(4_000)]
    [InlineData(300_000)]
    public void Write_OfAnySize_IsReadBackByteForByte(int size)
    {
        var body = Encoding.UTF8.GetBytes($$"""{ "text" : "{{new string('ж', size / 2)}}",  "number": 1.50 }""");
        var stored = Written(body);
        Assert.Equal(body, Read(stored).Document.Body.ToArray());
    }

    [Fact]
    public void Write_OfASmallDocument_LeavesItReadable()
    {
        var stored = Written(Encoding.UTF8.GetBytes($$"""{"text":"{{new string('a', 600)}}"}"""));
        Assert.Equal(600, JsonDocument.Parse(stored).RootElement.GetProperty("body").GetProperty("text").GetString()!.Length);
    }

    [Fact]
    public void Write_OfALargeDocument_IsLessThanHalfOfIt()
    {
        var body = LoyaltyJson.Write(Enumerable.Range(0, 40).Select(static i => new { lineId = 15_400_000_000_000 + (i * 7_368_787L), title = "Assam Gold Tips", quantity = i % 3 }));
        var stored = Written(body);
        Assert.True(stored.Length < body.Length / 2, $"{stored.Length} of {body.Length} bytes");
        Assert.False(JsonDocument.Parse(stored).RootElement.TryGetProperty("body", out _));
    }

    /// <summary>What is encrypted does not get smaller, and is not made larger.</summary>
    [Fact]
    public void Write_OfWhatCannotBePacked_LeavesItAsItIs()
    {
        var bytes = new byte[3_000];
        new Random(20260302).NextBytes(bytes);
        var body = Encoding.UTF8.GetBytes($$"""{"sealed":"{{Convert.ToBase64String(bytes)}}"}""");
        var stored = Written(body);
        Assert.True(JsonDocument.Parse(stored).RootElement.TryGetProperty("body", out _));
        Assert.Equal(body, Read(stored).Document.Body.ToArray());
    }

    private static byte[] Written(byte[] body) => Envelope.Write("customer:c1", "order-1", new Content("order", body, WakeAt: null, ExpiresAt: null), "token", Now).ToArray();

    private static Stored Read(byte[] stored) => Envelope.Read(stored);
}
