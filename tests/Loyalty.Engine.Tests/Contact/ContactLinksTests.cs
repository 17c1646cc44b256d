using System.Text;
using Loyalty.Engine.Contact;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>Tokens cannot be forged.</summary>
public sealed class ContactLinksTests
{
    private static readonly ContactLinks Links = new("https://x.example/api", ["the key of today, long enough"u8.ToArray(), "the key of yesterday, as long"u8.ToArray()]);
    private static readonly ContactToken Token = new(ContactPurpose.Unsubscribe, "c4k2", "offers", "message-run1-mail-1");

    [Fact]
    public void Read_AsSigned_IsTheToken()
    {
        Assert.Equal(Token, Links.Read(Links.Sign(Token), ContactPurpose.Unsubscribe));
        var bare = new ContactToken(ContactPurpose.Feedback, "c", null, null);
        Assert.Equal(bare, Links.Read(Links.Sign(bare), ContactPurpose.Feedback));
    }

    [Fact]
    public void Read_AnyBitFlipped_IsNothing()
    {
        var text = Links.Sign(Token);
        var bytes = Encoding.ASCII.GetBytes(text);
        var tried = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var other = (byte[])bytes.Clone();
                other[at] ^= (byte)(1 << bit);
                Assert.Null(Links.Read(Encoding.Latin1.GetString(other), ContactPurpose.Unsubscribe));
                tried++;
            }
        }

        Assert.Equal(text.Length * 8, tried);
    }

    [Fact]
    public void Read_OtherPurposeListPersonOrCut_IsNothing()
    {
        var text = Links.Sign(Token);
        Assert.Null(Links.Read(text, ContactPurpose.Preferences));
        foreach (var other in new[] { Token with { TopicKey = "news" }, Token with { CustomerId = "c4k3" }, Token with { MessageId = null } })
            Assert.Null(Links.Read($"{Links.Sign(other).Split('.')[0]}.{text.Split('.')[1]}", ContactPurpose.Unsubscribe));
        for (var length = 0; length < text.Length; length++) Assert.Null(Links.Read(text[..length], ContactPurpose.Unsubscribe));
        Assert.Null(Links.Read(null, ContactPurpose.Unsubscribe));
        Assert.Null(Links.Read(new string('a', 100_000), ContactPurpose.Unsubscribe));
    }

    [Fact]
    public void Read_KeyRotated_TheOlderVerifiesUntilItIsTakenAway()
    {
        var before = new ContactLinks("https://x.example/api", ["the key of yesterday, as long"u8.ToArray()]).Sign(Token);
        Assert.Equal(Token, Links.Read(before, ContactPurpose.Unsubscribe));
        Assert.Null(new ContactLinks("https://x.example/api", ["the key of today, long enough"u8.ToArray()]).Read(before, ContactPurpose.Unsubscribe));
    }
}
