using System.Net;

namespace Loyalty.Engine.Referrals;

/// <summary>Which network somebody came from.</summary>
public static class Networks
{
    /// <summary>The network of an IP address: /24 of IPv4, /64 of IPv6, in hexadecimal; null: it is no address.</summary>
    public static string? Of(string? ip)
    {
        if (!IPAddress.TryParse(ip, out var parsed)) return null;
        if (parsed.IsIPv4MappedToIPv6) parsed = parsed.MapToIPv4();
        var bytes = parsed.GetAddressBytes();
        return Convert.ToHexStringLower(bytes.AsSpan(0, bytes.Length == 4 ? 3 : 8));
    }
}
