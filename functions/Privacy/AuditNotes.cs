using System.Diagnostics;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Access;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Privacy;

/// <summary>Notes whom a request turned out to be about, where its path does not say so (a look-up by address). Beside the line that the request itself leaves.</summary>
public sealed class AuditNotes(AuditLog audit)
{
    /// <summary>Writes the line; durable when it answers. Machines that read are not noted, as in <see cref="AuditMiddleware"/>.</summary>
    public async Task AboutAsync(HttpRequest request, string action, string customerId, CancellationToken cancellation)
    {
        if (Caller.Of(request) is not { } caller || AuditMiddleware.IsMachine(caller)) return;
        await audit.AppendAsync(caller.Name, action, customerId, Activity.Current?.TraceId.ToString(), cancellation);
    }
}
