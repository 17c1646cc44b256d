using Loyalty.Storage.Sqlite.Documents;

namespace Loyalty.Storage.Sqlite.Tests;

public sealed class ETagTests
{
    [Theory]
    [InlineData(1, 1, "1-1")]
    [InlineData(long.MaxValue, long.MaxValue, "9223372036854775807-9223372036854775807")]
    public void ToString_Any_IsReadBack(long number, long row, string text)
    {
        var etag = new ETag(number, row);
        Assert.Equal(text, etag.ToString());
        Assert.True(etag.IsWrittenAs(text));
        Assert.True(ETag.TryParse(text, out ETag read));
        Assert.Equal(etag, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("7")]
    [InlineData("7-")]
    [InlineData("-7")]
    [InlineData("07-7")]
    [InlineData("7-07")]
    [InlineData("7-7-7")]
    [InlineData("+7-7")]
    [InlineData(" 7-7")]
    [InlineData("99999999999999999999-1")]
    [InlineData("\"0x8D\"")]
    public void TryParse_Other_IsNone(string? text) => Assert.False(ETag.TryParse(text, out _));
}
