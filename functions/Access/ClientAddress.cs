using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Access;

/// <summary>Where a request comes from.</summary>
public static class ClientAddress
{
    /// <summary>Bytes of a network of IPv6 that one household or server has: its addresses are one caller.</summary>
    private const int NetworkBytes = 8;

    /// <summary>
    /// The caller's address as text; of IPv6 its /64. Behind the Functions host every connection is the host's own: there the last hop of
    /// <c>X-Forwarded-For</c> counts, which the platform's front end has written; what stands before it, callers can write themselves.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="headers">What is the platform's.</param>
    public static string Of(HttpContext http, PlatformHeaders headers)
    {
        if (headers.Forwarded && http.Request.Headers["X-Forwarded-For"] is { Count: > 0 } hops && Parse(hops[^1]) is { } forwarded) return Text(forwarded);
        return http.Connection.RemoteIpAddress is { } remote ? Text(remote) : "";
    }

    /// <summary>The last address of a list: <c>203.0.113.7</c>, <c>203.0.113.7:52311</c>, <c>2001:db8::1</c>, <c>[2001:db8::1]:52311</c>; null: there is none.</summary>
    internal static IPAddress? Parse(string? hops)
    {
        var last = hops.AsSpan(hops is null ? 0 : hops.LastIndexOf(',') + 1).Trim();
        if (last.IsEmpty) return null;
        if (last[0] == '[') return last.IndexOf(']') is > 0 and var end && IPAddress.TryParse(last[1..end], out var bracketed) ? bracketed : null;
        // One colon is a port's; more are IPv6's own.
        if (last.Count(':') == 1) last = last[..last.IndexOf(':')];
        return IPAddress.TryParse(last, out var address) ? address : null;
    }

    private static string Text(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address)) return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes) + "/64";
    }
}
