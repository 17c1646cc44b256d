using System.Collections.Concurrent;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Loyalty.Core;
using Loyalty.Functions.Http;
using Loyalty.Functions.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Loyalty.Functions.Access;

/// <summary>
/// Checks the key of every HTTP invocation, in both builds: every function is anonymous to Azure. Keys are compared in constant time, all of
/// them, so that an answer's time tells nothing.
/// </summary>
public sealed class AccessMiddleware(LoyaltySettings settings, HostKey? hostKey = null) : IFunctionsWorkerMiddleware
{
    private const string Admin = "admin";
    private readonly ConcurrentDictionary<string, IReadOnlyList<Role>> _roles = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        if (Refusal(http.Request, RolesOf(context.FunctionDefinition.EntryPoint)) is { } code)
        {
            if (code == RefusalCode.Unauthorized) http.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.Result(code, Detail(code)).ExecuteAsync(http);
            return;
        }

        await next(context);
    }

    /// <summary>The roles of a function by its entry point (<c>Namespace.Type.Method</c>); none where it is unknown: nobody may.</summary>
    internal IReadOnlyList<Role> RolesOf(string entryPoint) => _roles.GetOrAdd(entryPoint, static name =>
    {
        var dot = name.LastIndexOf('.');
        var method = dot < 0 ? null : typeof(AccessMiddleware).Assembly.GetType(name[..dot])?.GetMethod(name[(dot + 1)..]);
        return method?.GetCustomAttribute<AccessAttribute>()?.Roles ?? [];
    });

    private RefusalCode? Refusal(HttpRequest request, IReadOnlyList<Role> allowed)
    {
        if (allowed.Contains(Role.Anyone) || allowed.Contains(Role.Signature)) return null;
        var role = RoleOf(request.Headers.Authorization.ToString());
        if (role is null) return RefusalCode.Unauthorized;
        return role == Admin || allowed.Any(one => string.Equals(one.ToString(), role, StringComparison.OrdinalIgnoreCase))
            ? null
            : RefusalCode.Forbidden;
    }

    private string? RoleOf(string authorization)
    {
        const string Scheme = "Bearer ";
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()));
        string? found = null;
        foreach (var (role, key) in settings.Keys)
        {
            if (Matches(given, key)) found = role.ToLowerInvariant();
        }

        if (hostKey is not null && Matches(given, hostKey.Value)) found = Admin;

        return found;
    }

    private static bool Matches(ReadOnlySpan<byte> given, string key) =>
        CryptographicOperations.FixedTimeEquals(given, SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static string Detail(RefusalCode code) => code == RefusalCode.Unauthorized
        ? "Send a key of the program as 'Authorization: Bearer …' (settings Keys__Admin, Keys__Support, Keys__Integration, …)."
        : "The key is valid, but its role may not call this route; docs/reference/http.md lists the roles.";
}
