using Loyalty.Engine.Contact;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>Suppression lists as other systems write them: nothing that names an address is passed over, nothing that is none is taken for one.</summary>
public sealed class SuppressionLinesTests
{
    [Theory]
    [InlineData("a@x.example\nb@x.example", "a@x.example|b@x.example")]
    [InlineData("\uFEFFa@x.example\r\n\r\nb@x.example\r\n", "a@x.example||b@x.example|")]
    [InlineData("\"a@x.example\"\n\"b@x.example\",\"hard bounce\"", "a@x.example|b@x.example")]
    [InlineData("a@x.example,hard_bounce,2024-01-01", "a@x.example")]
    [InlineData("email,reason\na@x.example,bounced", "|a@x.example")]
    [InlineData("created;Email Address;reason\n2024-01-01;a@x.example;\"said; no\"\n2024-01-02;b@x.example;", "|a@x.example|b@x.example")]
    [InlineData("id\temail\n1\ta@x.example", "|a@x.example")]
    [InlineData("Ann Lee <a@x.example>\n<b@x.example>", "a@x.example|b@x.example")]
    [InlineData("+359 88 123 4567,bounced", "+359 88 123 4567")]
    [InlineData("name,email\nonly a name", "|only a name")]
    [InlineData("id,name,email\n1,b@x.example", "|1 b@x.example")]
    [InlineData("\"a \"\"b\"\" c@x.example\",1", "a \"b\" c@x.example")]
    public void Read_AList_HasOneAddressForEachLine(string text, string expected) => Assert.Equal(expected.Split('|'), SuppressionLines.Read(text));
}
