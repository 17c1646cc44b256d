using Loyalty.Engine.Privacy;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>A name in a body that could not be mapped is found in whatever way the sender wrote it.</summary>
public sealed class KeptNamesTests
{
    private static readonly List<string> Texts = ["ann+tea@example.com", "+359881234567", "207119551"];

    [Theory]
    [InlineData("""{ "email": "Ann+Tea@example.com" }""", true)]
    [InlineData("""{ "email": "ann\u002Btea@example.com" }""", true)]
    [InlineData("""{ "email": "ann\u002btea\u0040example.com" }""", true)]
    [InlineData("email=ann%2Btea%40example.com&x=1", true)]
    [InlineData("""{ "phone": "+359 (88) 123-45.67" }""", true)]
    [InlineData("""{ "email": "ann@example.com", "phone": "+359 88 123 45 68" }""", false)]
    [InlineData("""{ "text": "100% \\ of \u12" }""", false)]
    [InlineData("", false)]
    [InlineData("""{ "note": "Write to me:\nann+tea@example.com\t" }""", true)]
    [InlineData("""{ "note": "I am ann+tea@example.com." }""", true)]
    [InlineData("name=Ann+ann%2Btea%40example.com", true)]
    [InlineData("""{ "quoted": "{\"email\":\"ann+tea@example.com\"}" }""", true)]
    [InlineData("""{ "id": 207119551, "email": null }""", true)]
    [InlineData("""{ "email": "joann+tea@example.com" }""", false)]
    [InlineData("""{ "email": "jo.ann+tea@example.com" }""", false)]
    [InlineData("""{ "email": "ann+tea@example.com.au" }""", false)]
    [InlineData("""{ "email": "ann+tea@example.community" }""", false)]
    [InlineData("""{ "id": 12071195513, "order": 2071195510 }""", false)]
    public void Names_ABody_IsFoundHoweverItIsWritten(string body, bool expected) => Assert.Equal(expected, Texts.Exists(new KeptText(body).Names));
}
