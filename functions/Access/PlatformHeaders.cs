namespace Loyalty.Functions.Access;

/// <summary>
/// Which headers the platform in front of the app writes itself, so that no caller can. The deployed build reads it from its environment; on one machine
/// nobody writes them, and none is trusted.
/// </summary>
/// <param name="Forwarded">The last hop of <c>X-Forwarded-For</c> is the address that the platform's front end saw.</param>
/// <param name="Principal"><c>X-MS-CLIENT-PRINCIPAL</c> is the platform's: App Service authentication is on, which takes the header away from requests that bring it.</param>
public sealed record PlatformHeaders(bool Forwarded, bool Principal)
{
    /// <summary>One machine.</summary>
    public static PlatformHeaders None { get; } = new(Forwarded: false, Principal: false);

    /// <summary>What the platform says of itself. <c>WEBSITE_AUTH_ENABLED</c> alone is no proof: anybody may set it on a machine of their own.</summary>
    /// <param name="read">Reads a variable of the environment.</param>
    public static PlatformHeaders Of(Func<string, string?> read)
    {
        var isAzure = !string.IsNullOrEmpty(read("WEBSITE_INSTANCE_ID")) || !string.IsNullOrEmpty(read("CONTAINER_NAME"));
        return new PlatformHeaders(isAzure, isAzure && bool.TryParse(read("WEBSITE_AUTH_ENABLED"), out var isOn) && isOn);
    }
}
