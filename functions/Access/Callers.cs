using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Loyalty.Functions.Settings;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Access;

/// <summary>Tells who calls: by a key, or by what the platform's authentication has written. Keys are compared in constant time, all of them, so that an answer's time tells nothing.</summary>
/// <param name="settings">The keys.</param>
/// <param name="platform">What is the platform's; null: nothing.</param>
/// <param name="hostKey">The key of the host's own command line; null: none.</param>
public sealed class Callers(LoyaltySettings settings, PlatformHeaders? platform = null, HostKey? hostKey = null)
{
    private readonly ImmutableArray<(Caller Caller, byte[] Hash)> _keys = [.. Keys(settings, hostKey)];

    /// <summary>The platform's headers.</summary>
    public PlatformHeaders Platform { get; } = platform ?? PlatformHeaders.None;

    /// <summary>The caller; null: nobody we know.</summary>
    public Caller? Of(HttpRequest request)
    {
        var caller = ByKey(request.Headers.Authorization.ToString());
        // Without the platform's authentication in front anybody can write the header: then it says nothing.
        return caller ?? (Platform.Principal ? ClientPrincipal.Read(request.Headers[ClientPrincipal.Header].ToString()) : null);
    }

    private Caller? ByKey(string authorization)
    {
        const string Scheme = "Bearer ";
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()));
        Caller? found = null;
        foreach (var (caller, hash) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(given, hash)) found = caller;
        }

        return found;
    }

    private static IEnumerable<(Caller Caller, byte[] Hash)> Keys(LoyaltySettings settings, HostKey? hostKey)
    {
        foreach (var (role, key) in settings.Keys)
        {
            var isAdmin = role.Equals(nameof(Caller.Admin), StringComparison.OrdinalIgnoreCase);
            yield return (new Caller("key:" + role.ToLowerInvariant(), isAdmin, isAdmin ? [] : [Enum.Parse<Role>(role, ignoreCase: true)]), Hash(key));
        }

        if (hostKey is not null) yield return (Caller.Host, Hash(hostKey.Value));
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
