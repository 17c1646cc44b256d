using Loyalty.Core.Events;

namespace Loyalty.Core.Tests.Events;

/// <summary>A mailbox has one name: what mail programs would read as the same address, or as several, is none.</summary>
public sealed class IdentifierTests
{
    [Theory]
    [InlineData("ann@example.com", "ann@example.com")]
    [InlineData("  Ann+tea@Example.COM ", "ann+tea@example.com")]
    [InlineData("o'hara.ann_1-x@sub.example.co", "o'hara.ann_1-x@sub.example.co")]
    [InlineData("анна@пример.бг", "анна@xn--e1afmkfd.xn--90ae")]
    [InlineData("Ann@ПРИМЕР.рф", "ann@xn--e1afmkfd.xn--p1ai")]
    [InlineData("ann@XN--E1AFMKFD.xn--p1ai", "ann@xn--e1afmkfd.xn--p1ai")]
    [InlineData("ann@ｅｘａｍｐｌｅ.com", "ann@example.com")]
    [InlineData("a@localhost", "a@localhost")]
    public void Email_AnAddress_IsItsNameInLowerCase(string text, string expected) => Assert.Equal("email:" + expected, Identifier.Email(text)!.Value.Value);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("nobody")]
    [InlineData("@example.com")]
    [InlineData("ann@")]
    [InlineData("a b@example.com")]
    [InlineData("<ann@example.com>")]
    [InlineData("Ann<ann@example.com>")]
    [InlineData("ann@example.com,eve@example.com")]
    [InlineData("ann@example.com;eve")]
    [InlineData("ann@eve@example.com")]
    [InlineData("\"ann\"@example.com")]
    [InlineData("ann(home)@example.com")]
    [InlineData("ann@[127.0.0.1]")]
    [InlineData("ann@example.com\r\nBcc: eve@example.com")]
    [InlineData("ann\u0000@example.com")]
    [InlineData("ann\u007f@example.com")]
    [InlineData("ann\u200b@example.com")]
    [InlineData("ann@exam\u00adple.com")]
    [InlineData("\u202eann@example.com")]
    [InlineData("ann@example.com\ufeff")]
    [InlineData("ann@example\u3002com")]
    [InlineData("ann@\u0301.com")]
    public void Email_MoreOrLessThanOneAddress_IsNone(string text) => Assert.Null(Identifier.Email(text));

    [Fact]
    public void Email_TooLong_IsNone()
    {
        Assert.NotNull(Identifier.Email(new string('a', 242) + "@example.com"));
        Assert.Null(Identifier.Email(new string('a', 243) + "@example.com"));
    }
}
