using System.Diagnostics;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Loyalty.Functions.Privacy;

/// <summary>
/// Writes an audit line before a request about people is carried out: everything that staff reads or changes, and what a machine changes of a person's data
/// itself. Machines that read (a checkout, a storefront) do so all day by their nature and are not noted.
/// </summary>
public sealed class AuditMiddleware(AuditLog audit) : IFunctionsWorkerMiddleware
{
    private static readonly string[] Audited =
    [
        "customers", "feedback", "replies", "tasks", "privacy", "referrals", "suppressions", "import", "export", "runs", "redemptions", "points", "draws",
    ];

    private static readonly string[] OfMachines = ["EraseCustomer", "ExportCustomer", "ImportHistory", "ExportMembers", "ExportOrders", "ExportLedger"];

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http && Caller.Of(http.Request) is { } caller && About(http.Request.Path) is { } about)
        {
            var action = context.FunctionDefinition.Name;
            if (!IsMachine(caller) || OfMachines.Contains(action, StringComparer.Ordinal))
                await audit.AppendAsync(caller.Name, action, about.CustomerId, Activity.Current?.TraceId.ToString(), http.RequestAborted);
        }

        await next(context);
    }

    internal static bool IsMachine(Caller caller) => !caller.Admin && caller.Roles.All(static role => role == Role.Integration);

    /// <summary>What a request is about: null where it is about nobody's data.</summary>
    private static Subject? About(PathString path)
    {
        var segments = (path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        // Routes are matched without regard to case, and so is this.
        if (segments.Length < 2 || !Is(segments[0], "api")) return null;
        // Of a journey its runs are people's.
        var isRuns = segments.Length == 4 && Is(segments[1], "journeys") && Is(segments[3], "runs");
        if (!isRuns && !Audited.Contains(segments[1], StringComparer.OrdinalIgnoreCase)) return null;
        // An id only: what stands there may be anything.
        var id = Is(segments[1], "customers") && segments.Length > 2 ? Uri.UnescapeDataString(segments[2]) : null;
        return new Subject(id is { Length: <= 64 } && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? id : null);
    }

    private static bool Is(string segment, string name) => string.Equals(segment, name, StringComparison.OrdinalIgnoreCase);

    private sealed record Subject(string? CustomerId);
}
