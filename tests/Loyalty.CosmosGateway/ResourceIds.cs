using System.Buffers.Binary;

namespace Loyalty.CosmosGateway;

/// <summary>Resource ids as the SDK takes them apart: 4 bytes of the database, 4 of the container (its highest bit set), 8 of the document.</summary>
internal static class ResourceIds
{
    private static readonly byte[] DatabaseBytes = [0x4c, 0x6f, 0x79, 0x00];

    public static string Database { get; } = Text(DatabaseBytes);

    public static string Container(int number) => Text(ContainerBytes(number));

    public static string Document(int container, long number)
    {
        byte[] bytes = new byte[16];
        ContainerBytes(container).CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), number);
        return Text(bytes);
    }

    private static byte[] ContainerBytes(int number)
    {
        byte[] bytes = [.. DatabaseBytes, 0x80, 0, 0, (byte)number];
        return bytes;
    }

    private static string Text(byte[] bytes) => Convert.ToBase64String(bytes).Replace('/', '-');
}
