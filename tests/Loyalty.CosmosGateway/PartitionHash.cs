using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Loyalty.CosmosGateway;

/// <summary>
/// The effective partition key of a text under hash version 2, as the service and the SDK compute it: MurmurHash3 (128 bits, x64, seed 0) over a type
/// byte, the UTF-8 bytes and 0xFF; reversed, its two highest bits cleared, in hexadecimal. Texts of it order the partitions.
/// </summary>
internal static class PartitionHash
{
    private const byte StringMarker = 0x08;

    public static string Of(string partition)
    {
        byte[] text = Encoding.UTF8.GetBytes(partition);
        byte[] input = [StringMarker, .. text, 0xFF];
        (ulong low, ulong high) = Murmur(input);
        byte[] hash = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(hash, low);
        BinaryPrimitives.WriteUInt64LittleEndian(hash.AsSpan(8), high);
        Array.Reverse(hash);
        hash[0] &= 0x3F;
        return Convert.ToHexString(hash);
    }

    private static (ulong Low, ulong High) Murmur(ReadOnlySpan<byte> input)
    {
        unchecked
        {
            const ulong C1 = 0x87c37b91114253d5;
            const ulong C2 = 0x4cf5ad432745937f;
            ulong h1 = 0, h2 = 0;
            int blocks = input.Length / 16;
            for (int block = 0; block < blocks; block++)
            {
                ulong k1 = BinaryPrimitives.ReadUInt64LittleEndian(input[(block * 16)..]);
                ulong k2 = BinaryPrimitives.ReadUInt64LittleEndian(input[((block * 16) + 8)..]);
                h1 ^= BitOperations.RotateLeft(k1 * C1, 31) * C2;
                h1 = ((BitOperations.RotateLeft(h1, 27) + h2) * 5) + 0x52dce729;
                h2 ^= BitOperations.RotateLeft(k2 * C2, 33) * C1;
                h2 = ((BitOperations.RotateLeft(h2, 31) + h1) * 5) + 0x38495ab5;
            }

            Span<byte> tail = stackalloc byte[16];
            tail.Clear();
            input[(blocks * 16)..].CopyTo(tail);
            int rest = input.Length % 16;
            if (rest > 8) h2 ^= BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(tail[8..]) * C2, 33) * C1;
            if (rest > 0) h1 ^= BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(tail) * C1, 31) * C2;
            h1 ^= (ulong)input.Length;
            h2 ^= (ulong)input.Length;
            h1 += h2;
            h2 += h1;
            h1 = Mix(h1);
            h2 = Mix(h2);
            h1 += h2;
            h2 += h1;
            return (h1, h2);
        }
    }

    private static ulong Mix(ulong k)
    {
        unchecked
        {
            k = (k ^ (k >> 33)) * 0xff51afd7ed558ccd;
            k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53;
            return k ^ (k >> 33);
        }
    }
}
