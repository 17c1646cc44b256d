using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Loyalty.Core;

/// <summary>
/// SHA-256 (FIPS 180-4) of short keys. The platform's own costs three times as much for a key of one or two blocks, nearly all of it for setting a
/// context up and tearing it down, and every id and draw of the program is such a key. Nothing secret goes through it.
/// </summary>
internal static class Sha256
{
    private const int BlockSize = 64;

    private static ReadOnlySpan<uint> Start =>
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    private static ReadOnlySpan<uint> Constants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Hashes what is already padded: a whole number of blocks.</summary>
    /// <param name="buffer">The message, with room behind it for the padding.</param>
    /// <param name="length">Bytes of the message; the buffer has at least <see cref="Padded"/> of it.</param>
    /// <param name="hash">Gets 32 bytes.</param>
    public static void Hash(Span<byte> buffer, int length, Span<byte> hash)
    {
        var end = Padded(length);
        buffer[length..end].Clear();
        buffer[length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(buffer[(end - 8)..], (ulong)length * 8);
        Span<uint> state = stackalloc uint[8];
        Start.CopyTo(state);
        for (var at = 0; at < end; at += BlockSize) Add(state, buffer.Slice(at, BlockSize));
        for (var i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(hash[(i * 4)..], state[i]);
    }

    /// <summary>The bytes of a message with its padding.</summary>
    public static int Padded(int length) => (length + 9 + BlockSize - 1) / BlockSize * BlockSize;

    private static void Add(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (var i = 0; i < 16; i++) w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(i * 4)..]);
        for (var i = 16; i < w.Length; i++)
        {
            uint two = w[i - 2], fifteen = w[i - 15];
            var s0 = BitOperations.RotateRight(fifteen, 7) ^ BitOperations.RotateRight(fifteen, 18) ^ (fifteen >> 3);
            var s1 = BitOperations.RotateRight(two, 17) ^ BitOperations.RotateRight(two, 19) ^ (two >> 10);
            w[i] = unchecked(w[i - 16] + s0 + w[i - 7] + s1);
        }

        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        var k = Constants;
        for (var i = 0; i < w.Length; i += 8)
        {
            Round(a, b, c, ref d, e, f, g, ref h, unchecked(k[i] + w[i]));
            Round(h, a, b, ref c, d, e, f, ref g, unchecked(k[i + 1] + w[i + 1]));
            Round(g, h, a, ref b, c, d, e, ref f, unchecked(k[i + 2] + w[i + 2]));
            Round(f, g, h, ref a, b, c, d, ref e, unchecked(k[i + 3] + w[i + 3]));
            Round(e, f, g, ref h, a, b, c, ref d, unchecked(k[i + 4] + w[i + 4]));
            Round(d, e, f, ref g, h, a, b, ref c, unchecked(k[i + 5] + w[i + 5]));
            Round(c, d, e, ref f, g, h, a, ref b, unchecked(k[i + 6] + w[i + 6]));
            Round(b, c, d, ref e, f, g, h, ref a, unchecked(k[i + 7] + w[i + 7]));
        }

        unchecked
        {
            state[0] += a;
            state[1] += b;
            state[2] += c;
            state[3] += d;
            state[4] += e;
            state[5] += f;
            state[6] += g;
            state[7] += h;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint added)
    {
        unchecked
        {
            var s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            var one = h + s1 + (g ^ (e & (f ^ g))) + added;
            var s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            d += one;
            h = one + s0 + ((a & b) | (c & (a | b)));
        }
    }
}
