using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Engine.State;

/// <summary>Operation ids (<see cref="Keys.Operation"/>) for providers that want a GUID: it is what their reports name the message by.</summary>
public static class OperationIds
{
    /// <summary>A GUID as it is, any other text by its hash (RFC 9562, version 8).</summary>
    public static Guid ToGuid(string operationId)
    {
        if (Guid.TryParse(operationId, out var guid)) return guid;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(operationId), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
