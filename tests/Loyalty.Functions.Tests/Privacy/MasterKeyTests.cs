using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Privacy;
using Loyalty.Functions.Settings;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Functions.Tests.Privacy;

public sealed class MasterKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-keys-").FullName;

    private string File => Path.Combine(_folder, "shop.db.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task FileKey_MadeAtFirstUse_IsItsOwnersAloneAndOpensWhatItWrapped()
    {
        var key = new byte[32];
        await Assert.ThrowsAsync<MasterKeyException>(() => new FileMasterKey(File).UnwrapAsync(new WrappedKey("x", Convert.ToBase64String(new byte[60]))));
        Assert.False(System.IO.File.Exists(File));
        var wrapped = await new FileMasterKey(File).WrapAsync(key);

        Assert.Equal(key, await new FileMasterKey(File).UnwrapAsync(wrapped));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task FileKey_ThatOthersCanReadOrThatIsAnother_IsRefused()
    {
        var wrapped = await new FileMasterKey(File).WrapAsync(new byte[32]);
        var other = Path.Combine(_folder, "other.key");
        await new FileMasterKey(other).WrapAsync(new byte[32]);
        await Assert.ThrowsAsync<MasterKeyException>(() => new FileMasterKey(other).UnwrapAsync(wrapped));
        await System.IO.File.WriteAllTextAsync(other, "no key");
        await Assert.ThrowsAsync<MasterKeyException>(() => new FileMasterKey(other).UnwrapAsync(wrapped));
        if (OperatingSystem.IsWindows()) return;
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", (await Assert.ThrowsAsync<MasterKeyException>(() => new FileMasterKey(File).UnwrapAsync(wrapped))).Message, StringComparison.Ordinal);
    }

    /// <summary>The folder is not there: nobody is going to make it, so nothing is waited for.</summary>
    [Fact]
    public async Task FileKey_InAFolderThatIsNotThere_IsToldWithTheRemedy()
    {
        var path = Path.Combine(_folder, "not", "there", "master.key");
        var told = await Assert.ThrowsAsync<MasterKeyException>(() => new FileMasterKey(path).WrapAsync(new byte[32]));
        Assert.Contains($"mkdir -p '{Path.GetDirectoryName(path)}'", told.Message, StringComparison.Ordinal);
        Assert.IsType<DirectoryNotFoundException>(told.InnerException);
        Assert.Contains("mkdir -p", (await Assert.ThrowsAsync<MasterKeyException>(() => new FileMasterKey(path).UnwrapAsync(new WrappedKey("x", Convert.ToBase64String(new byte[60]))))).Message, StringComparison.Ordinal);
    }

    /// <summary>What an earlier version has wrapped is opened for ever.</summary>
    [Fact]
    public async Task FileKey_WrappedBytes_AreNonceCipherTextAndTag()
    {
        var (master, secret) = (Enumerable.Range(0, 32).Select(static i => (byte)(i * 5)).ToArray(), Enumerable.Range(0, 32).Select(static i => (byte)(i * 3)).ToArray());
        await System.IO.File.WriteAllTextAsync(File, Convert.ToBase64String(master));
        if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var bytes = new byte[12 + 32 + 16];
        for (var i = 0; i < 12; i++) bytes[i] = (byte)i;
        using (var aes = new AesGcm(master, 16)) aes.Encrypt(bytes.AsSpan(0, 12), secret, bytes.AsSpan(12, 32), bytes.AsSpan(44));

        Assert.Equal(secret, await new FileMasterKey(File).UnwrapAsync(new WrappedKey("any", Convert.ToBase64String(bytes))));
        Assert.Equal(60, Convert.FromBase64String((await new FileMasterKey(File).WrapAsync(secret)).Bytes).Length);
    }

    [Fact]
    public async Task FileKey_ManyAtOnce_AgreeOnOne()
    {
        // Whoever moves a file into place between the other's look and rename loses data for ever; one round would hardly ever show it.
        for (var round = 0; round < 150; round++)
        {
            var path = File + round.ToString(System.Globalization.CultureInfo.InvariantCulture);
            using var start = new Barrier(4);
            var wrapped = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return new FileMasterKey(path).WrapAsync(new byte[32]);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()));
            var key = new FileMasterKey(path);
            foreach (var one in wrapped) Assert.Equal(new byte[32], await key.UnwrapAsync(one));
        }
    }

    [Fact]
    public async Task KeyVaultKey_WrapAndUnwrap_SpeakItsInterfaceAndKeepTheVersion()
    {
        using var vault = new Vault();
        using var http = new HttpClient(vault);
        var key = new KeyVaultMasterKey(new Uri("https://shop.vault.azure.net/keys/personal-data"), new Token(), http);
        var secret = Enumerable.Range(0, 32).Select(static i => (byte)(i * 7)).ToArray();
        var wrapped = await key.WrapAsync(secret);

        Assert.Equal("https://shop.vault.azure.net/keys/personal-data/v7", wrapped.Name);
        Assert.Equal(secret, await key.UnwrapAsync(wrapped));
        Assert.Equal(["POST /keys/personal-data/wrapkey?api-version=7.4 RSA-OAEP-256 token", "POST /keys/personal-data/v7/unwrapkey?api-version=7.4 RSA-OAEP-256 token"], vault.Asked);
        await Assert.ThrowsAsync<MasterKeyException>(() => key.UnwrapAsync(wrapped with { Name = "https://evil.example/keys/personal-data/v7" }));
        vault.Status = HttpStatusCode.Forbidden;
        Assert.Contains("Crypto User", (await Assert.ThrowsAsync<MasterKeyException>(() => key.WrapAsync(secret))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keyvault:https://shop.vault.azure.net/keys/personal-data", null)]
    [InlineData("file:/etc/loyalty.key", null)]
    [InlineData("keyvault:http://shop.vault.azure.net/keys/personal-data", "Privacy__MasterKey")]
    [InlineData("keyvault:https://shop.vault.azure.net/secrets/x", "Privacy__MasterKey")]
    [InlineData("file:", "Privacy__MasterKey")]
    [InlineData("plain", "Privacy__MasterKey")]
    [InlineData(null, "Privacy__MasterKey")]
    public void FromSettings_WhateverIsSaid_IsAKeyOrAFinding(string? value, string? finding)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Privacy:MasterKey", value)]).Build();
        if (finding is null) Assert.NotNull(MasterKeys.FromSettings(configuration, fallback: null));
        else Assert.Contains(finding, Assert.Throws<SettingsException>(() => MasterKeys.FromSettings(configuration, fallback: null)).Message, StringComparison.Ordinal);
    }

    private sealed class Token : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }

    /// <summary>Key Vault's two operations; "wraps" by adding one to each byte.</summary>
    private sealed class Vault : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!;
            Asked.Add($"{request.Method} {request.RequestUri!.PathAndQuery} {body["alg"]} {request.Headers.Authorization!.Parameter}");
            if (Status != HttpStatusCode.OK) return new HttpResponseMessage(Status);
            var text = ((string)body["value"]!).Replace('-', '+').Replace('_', '/');
            var bytes = Convert.FromBase64String(text.PadRight(text.Length + (4 - text.Length % 4) % 4, '='));
            var step = request.RequestUri.AbsolutePath.EndsWith("/wrapkey", StringComparison.Ordinal) ? 1 : -1;
            var changed = Convert.ToBase64String([.. bytes.Select(one => unchecked((byte)(one + step)))]).TrimEnd('=').Replace('+', '-').Replace('/', '_');
            var answer = new JsonObject { ["kid"] = "https://shop.vault.azure.net/keys/personal-data/v7", ["value"] = changed };
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(answer.ToJsonString(), Encoding.UTF8, "application/json") };
        }
    }
}
