using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Core.Tests;

public sealed class HashingTests
{
    public static TheoryData<string[]> Keys => new()
    {
        { [] },
        { [""] },
        { ["run", "c1", "welcome"] },
        { ["привет", "\u0000", "emoji 🙂"] },
        { [new string('x', 5000), new string('я', 3000)] },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void IdAndDraw_OfAnyKey_FollowFromSha256OfItsParts(string[] parts)
    {
        var hash = SHA256.HashData([.. parts.SelectMany(static part => Encoding.UTF8.GetBytes(part).Append((byte)0))]);
        var bits = string.Concat(hash.Select(static one => Convert.ToString(one, 2).PadLeft(8, '0')));
        var expected = string.Concat(Enumerable.Range(0, 51).Select(i => "0123456789abcdefghjkmnpqrstvwxyz"[Convert.ToInt32(bits.Substring(i * 5, 5), 2)]));
        for (var length = 1; length <= 51; length++) Assert.Equal(expected[..length], Hashing.Id(length, parts));
        Assert.Equal((BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 11) * (1.0 / (1UL << 53)), Hashing.Draw(parts));
    }

    /// <summary>The lengths around the ends of blocks, of the padding, and of what is hashed at once.</summary>
    [Fact]
    public void Id_KeyOfAnyLength_FollowsFromSha256()
    {
        for (var length = 0; length < 600; length++)
        {
            var key = string.Create(length, length, static (chars, seed) =>
            {
                for (var i = 0; i < chars.Length; i++) chars[i] = (char)(' ' + (i * 7 + seed) % 90);
            });
            var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(key), 0]);
            Assert.Equal((BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 11) * (1.0 / (1UL << 53)), Hashing.Draw(key));
        }
    }

    [Fact]
    public void Text_OfBytes_IsTheirBitsInBase32AndNoLongerThanThey()
    {
        Assert.Equal("0", Hashing.Text([0x07], 1));
        Assert.Equal("zw", Hashing.Text([0xFF], 2));
        Assert.Equal("04106", Hashing.Text([0x01, 0x02, 0x03, 0x04], 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Hashing.Text([0xFF], 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Hashing.Text(new byte[64], 52));
        Assert.Throws<ArgumentOutOfRangeException>(() => Hashing.Text([0xFF], 0));
    }

    [Fact]
    public void Id_PartsSplitElsewhere_IsAnother() => Assert.NotEqual(Hashing.Id(20, "ab", "c"), Hashing.Id(20, "a", "bc"));
}
