using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Access;

/// <summary>Who calls, as far as the key or the platform tells.</summary>
/// <param name="Name">For records of who did what: <c>key:support</c>, or <c>entra:</c> and the object id of the person or app.</param>
/// <param name="Admin">May do everything.</param>
/// <param name="Roles">What else it may be.</param>
public sealed record Caller(string Name, bool Admin, IReadOnlyList<Role> Roles)
{
    private const string Item = "Loyalty.Caller";

    /// <summary>The command line of the host itself.</summary>
    public static Caller Host { get; } = new("key:host", Admin: true, []);

    /// <summary>The caller of a request that the middleware has let in; null: the route asks for no key.</summary>
    public static Caller? Of(HttpRequest request) => request.HttpContext.Items.TryGetValue(Item, out var caller) ? (Caller?)caller : null;

    /// <summary>Whether it has a role.</summary>
    public bool Is(Role role) => Admin || Roles.Contains(role);

    /// <summary>Whether it may call a function.</summary>
    internal bool May(IReadOnlyList<Role> allowed) => Admin || Roles.Any(allowed.Contains);

    internal void PutInto(HttpContext http) => http.Items[Item] = this;
}
