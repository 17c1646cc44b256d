using Loyalty.Engine.Privacy;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>A name in a body that could not be mapped is found in whatever way the sender wrote it.</summary>
public sealed class KeptNamesTests
{
    private static readonly List<string> Texts = ["ann+tea@example.com", "+359881234567"];

    [Theory]
    [InlineData("""{ "email": "Ann+Tea@example.com" }""", true)]
    [InlineData("""{ "email": "ann\u002Btea@example.com" }""", true)]
    [InlineData("""{ "email": "ann\u002btea\u0040example.com" }""", true)]
    [InlineData("email=ann%2Btea%40example.com&x=1", true)]
    [InlineData("""{ "phone": "+359 (88) 123-45.67" }""", true)]
    [InlineData("""{ "email": "ann@example.com", "phone": "+359 88 123 45 68" }""", false)]
    [InlineData("""{ "text": "100% \\ of \u12" }""", false)]
    [InlineData("", false)]
    public void Names_ABody_IsFoundHoweverItIsWritten(string body, bool expected) => Assert.Equal(expected, PersonTraces.Names(body, Texts));
}
