using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Loyalty.Core;
using Loyalty.Functions.Contact;
using Loyalty.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Loyalty.Functions.Access;

/// <summary>
/// Checks who calls and how often, at every HTTP invocation, in both builds: every function is anonymous to Azure. A caller who is over a limit is refused
/// before anything is read.
/// </summary>
public sealed class AccessMiddleware(Callers callers, RateLimits limits) : IFunctionsWorkerMiddleware
{
    /// <summary>Characters of a segment of a path; the longest name that anything has is far below.</summary>
    private const int MostOfAName = 800;

    private readonly ConcurrentDictionary<string, Route> _routes = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        var route = RouteOf(context.FunctionDefinition.EntryPoint);
        if (Refusal(http, route) is { } refusal)
        {
            await refusal.ExecuteAsync(http);
            return;
        }

        // A link has one answer for whatever is wrong with it, and gives it itself.
        if (!route.IsOpen && NamesNothing(http.Request.Path))
        {
            await Problems.NotFound($"Nothing has a name of more than {MostOfAName} characters.").ExecuteAsync(http);
            return;
        }

        await next(context);
    }

    /// <summary>No id, code or link is that long, and no store could be asked for it.</summary>
    private static bool NamesNothing(PathString path) => (path.Value ?? "").Split('/').Any(static segment => segment.Length > MostOfAName);

    /// <summary>A function's roles and limit by its entry point (<c>Namespace.Type.Method</c>); no roles where it is unknown: nobody may.</summary>
    internal Route RouteOf(string entryPoint) => _routes.GetOrAdd(entryPoint, static name =>
    {
        var dot = name.LastIndexOf('.');
        var method = dot < 0 ? null : typeof(AccessMiddleware).Assembly.GetType(name[..dot])?.GetMethod(name[(dot + 1)..]);
        return Route.Of(method);
    });

    private IResult? Refusal(HttpContext http, Route route)
    {
        if (route.IsOpen)
        {
            if (limits.Take(route.Limit, ClientAddress.Of(http, callers.Platform)) is not { } seconds) return null;
            return route.Limit == RateLimit.Link ? ContactPages.TooMany(http.Request, seconds) : TooMany(http, seconds);
        }

        if (callers.Of(http.Request) is not { } caller)
        {
            // Whoever tries keys is slowed down; a genuine key from the same address is not.
            if (limits.Take(RateLimit.Refused, ClientAddress.Of(http, callers.Platform)) is { } pause) return TooMany(http, pause);
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.Result(
                RefusalCode.Unauthorized, "Send a key of the program as 'Authorization: Bearer …' (settings Keys__Admin, Keys__Support, Keys__Integration, …).");
        }

        // The host's own command line is no caller from outside.
        if (!ReferenceEquals(caller, Caller.Host) && limits.Take(route.Limit, caller.Name) is { } wait) return TooMany(http, wait);
        if (!caller.May(route.Roles)) return Problems.Result(RefusalCode.Forbidden, "The key is valid, but its role may not call this route; docs/reference/http.md lists the roles.");
        caller.PutInto(http);
        return null;
    }

    private static IResult TooMany(HttpContext http, int seconds)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Problems.Result(RefusalCode.RateLimited, string.Create(CultureInfo.InvariantCulture, $"More requests than the limit of a minute; try again in {seconds} s (docs/reference/http.md)."));
    }

    /// <summary>What is asked of the callers of a function.</summary>
    /// <param name="Roles">Who may.</param>
    /// <param name="Limit">What is counted.</param>
    internal sealed record Route(IReadOnlyList<Role> Roles, RateLimit Limit)
    {
        /// <summary>It takes no key.</summary>
        public bool IsOpen => Roles.Contains(Role.Anyone) || Roles.Contains(Role.Signature);

        /// <summary>Reads a function's attributes.</summary>
        public static Route Of(MethodInfo? method)
        {
            var roles = method?.GetCustomAttribute<AccessAttribute>()?.Roles ?? [];
            var path = method?.GetParameters().Select(static one => one.GetCustomAttribute<HttpTriggerAttribute>()?.Route).FirstOrDefault(static one => one is not null) ?? "";
            var isOpen = roles.Contains(Role.Anyone) || roles.Contains(Role.Signature);
            var limit = path == "events" || path.StartsWith("webhooks/", StringComparison.Ordinal) ? RateLimit.Ingest
                : !isOpen ? RateLimit.Key
                : path.Contains("{token}", StringComparison.Ordinal) ? RateLimit.Link
                : RateLimit.Address;
            return new Route(roles, limit);
        }
    }
}
