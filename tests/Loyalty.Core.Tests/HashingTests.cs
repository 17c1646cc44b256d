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

    [Fact]
    public void Id_PartsSplitElsewhere_IsAnother() => Assert.NotEqual(Hashing.Id(20, "ab", "c"), Hashing.Id(20, "a", "bc"));
}
