using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Azure.Core;
using Loyalty.Engine.Privacy;

namespace Loyalty.Functions.Privacy;

/// <summary>
/// A master key that never leaves Azure Key Vault: RSA, wraps by RSA-OAEP-256, spoken to by Key Vault's REST interface with the app's identity (role Key Vault
/// Crypto User). What was wrapped names the version of the key that did, so the key can be rotated: old versions unwrap, the newest wraps.
/// </summary>
/// <param name="keyId">The key without a version, e.g. <c>https://shop.vault.azure.net/keys/personal-data</c>.</param>
/// <param name="credential">Whose identity.</param>
/// <param name="http">Made once per process.</param>
public sealed class KeyVaultMasterKey(Uri keyId, TokenCredential credential, HttpClient http) : IMasterKey
{
    private const string Version = "7.4";
    private const string Algorithm = "RSA-OAEP-256";
    private static readonly TokenRequestContext Scope = new(["https://vault.azure.net/.default"]);

    /// <inheritdoc/>
    public string Name { get; } = keyId.AbsoluteUri;

    /// <inheritdoc/>
    public async Task<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancellation = default)
    {
        var answer = await AskAsync(keyId, "wrapkey", Base64Url(key.Span), cancellation);
        return new WrappedKey(answer.Kid, answer.Value);
    }

    /// <inheritdoc/>
    public async Task<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellation = default)
    {
        // The name says where to ask: only of this key may it be.
        if (!wrapped.Name.StartsWith(keyId.AbsoluteUri.TrimEnd('/') + "/", StringComparison.OrdinalIgnoreCase))
            throw new MasterKeyException($"The store was sealed under '{wrapped.Name}', not under '{Name}'.");
        var answer = await AskAsync(new Uri(wrapped.Name), "unwrapkey", wrapped.Bytes, cancellation);
        return Bytes(answer.Value);
    }

    private async Task<Answer> AskAsync(Uri key, string operation, string value, CancellationToken cancellation)
    {
        try
        {
            var token = await credential.GetTokenAsync(Scope, cancellation);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{key.AbsoluteUri.TrimEnd('/')}/{operation}?api-version={Version}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
            request.Content = JsonContent.Create(new Question(Algorithm, value));
            using var response = await http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode)
                throw new MasterKeyException($"Key Vault answered {(int)response.StatusCode} to {operation} of '{key}': {Remedy((int)response.StatusCode)}");
            return await response.Content.ReadFromJsonAsync<Answer>(cancellation) ?? throw new MasterKeyException($"Key Vault answered nothing to {operation}.");
        }
        catch (Exception failure) when (failure is HttpRequestException or Azure.Identity.AuthenticationFailedException or System.Text.Json.JsonException)
        {
            throw new MasterKeyException($"Key Vault cannot be asked for '{key}': {failure.Message}", failure);
        }
    }

    private static string Remedy(int status) => status switch
    {
        401 or 403 => "give the app's identity the role Key Vault Crypto User on the vault",
        404 => "there is no such key or version; restore it, it is the only one that opens this store",
        _ => "try again later",
    };

    private static string Base64Url(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static byte[] Bytes(string text)
    {
        var plain = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(plain.PadRight(plain.Length + (4 - plain.Length % 4) % 4, '='));
    }

    private sealed record Question([property: JsonPropertyName("alg")] string Alg, [property: JsonPropertyName("value")] string Value);

    private sealed record Answer([property: JsonPropertyName("kid")] string Kid, [property: JsonPropertyName("value")] string Value);
}
