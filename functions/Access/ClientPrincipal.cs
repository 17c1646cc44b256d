using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loyalty.Functions.Access;

/// <summary>
/// Who App Service authentication says the caller is: the header <c>X-MS-CLIENT-PRINCIPAL</c>, base64 of
/// <c>{ "auth_typ", "claims": [{ "typ", "val" }], "name_typ", "role_typ" }</c> (learn.microsoft.com, "Work with user identities in Azure App Service authentication").
/// The platform has checked the token; here only its roles are read.
/// </summary>
public static class ClientPrincipal
{
    /// <summary>The header.</summary>
    public const string Header = "X-MS-CLIENT-PRINCIPAL";

    private const string Entra = "aad";
    private const string RolesClaim = "roles";
    private const string ObjectIdClaim = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    private const string ShortObjectIdClaim = "oid";
    private const int MostCharacters = 64 * 1024;

    /// <summary>The caller; null: the header names nobody of Entra ID. One without a role of ours is somebody, and may do nothing.</summary>
    public static Caller? Read(string? header)
    {
        if (header is not { Length: > 0 and <= MostCharacters }) return null;
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(Convert.FromBase64String(header));
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            return null;
        }

        if (document is not { AuthenticationType: Entra, Claims: { } claims }) return null;
        var id = claims.FirstOrDefault(static one => one.Type is ObjectIdClaim or ShortObjectIdClaim)?.Value;
        if (string.IsNullOrEmpty(id)) return null;
        var told = claims.Where(one => one.Type is RolesClaim || (one.Type is { Length: > 0 } && one.Type == document.RoleType)).Select(static one => one.Value ?? "").ToList();
        return new Caller(
            "entra:" + id,
            told.Exists(static one => one.Equals(nameof(Caller.Admin), StringComparison.OrdinalIgnoreCase)),
            [.. told.Select(RoleOf).OfType<Role>().Distinct()]);
    }

    /// <summary>The role that an app role of the registration names; letters' case does not matter.</summary>
    private static Role? RoleOf(string text) => text.ToLowerInvariant() switch
    {
        "marketer" => Role.Marketer,
        "operator" => Role.Operator,
        "support" => Role.Support,
        "integration" => Role.Integration,
        _ => null,
    };

    private sealed record Document
    {
        [JsonPropertyName("auth_typ")]
        public string? AuthenticationType { get; init; }

        [JsonPropertyName("role_typ")]
        public string? RoleType { get; init; }

        [JsonPropertyName("claims")]
        public IReadOnlyList<Claim?>? AllClaims { get; init; }

        [JsonIgnore]
        public IEnumerable<Claim>? Claims => AllClaims?.OfType<Claim>();
    }

    private sealed record Claim
    {
        [JsonPropertyName("typ")]
        public string? Type { get; init; }

        [JsonPropertyName("val")]
        public string? Value { get; init; }
    }
}
