using System.CommandLine;
using Loyalty.Cli.CommandLine;

namespace Loyalty.Cli.Operations;

/// <summary>Where an operator's verb works: <c>--data FILE</c>, or <c>--url URL --key KEY</c>.</summary>
internal sealed class OperationsOptions
{
    private readonly Option<FileInfo?> _data = CommonOptions.Data("loyalty.db");
    private readonly Option<string?> _url = new("--url") { Description = "An app that runs, e.g. http://localhost:7071 or https://shop.azurewebsites.net.", HelpName = "URL" };
    private readonly Option<string?> _key = new("--key") { Description = "Its operator or admin key. Default: Keys__Operator or Keys__Admin of the environment.", HelpName = "KEY" };
    private readonly Option<bool> _json = CommonOptions.Json();

    public void AddTo(Command command)
    {
        command.Add(_data);
        command.Add(_url);
        command.Add(_key);
        command.Add(_json);
    }

    public bool AsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <param name="parsed">The command line.</param>
    /// <param name="writes">Whether the verb changes something: a file then needs its owner.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<OperationsApi> OpenAsync(ParseResult parsed, bool writes, CancellationToken cancellation)
    {
        if (parsed.GetValue(_url) is { } url)
        {
            if (parsed.GetValue(_data) is not null) throw new UsageException("--url and --data name two places: give one of them.");
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                throw new UsageException($"--url {url}: expected an address, e.g. http://localhost:7071");
            }

            var key = parsed.GetValue(_key) ?? Environment.GetEnvironmentVariable("Keys__Operator") ?? Environment.GetEnvironmentVariable("Keys__Admin");
            return string.IsNullOrWhiteSpace(key)
                ? throw new UsageException("--url needs a key of the app: --key KEY, or Keys__Operator in the environment.")
                : OperationsApi.At(address, key);
        }

        if (parsed.GetValue(_key) is not null) throw new UsageException("--key belongs to --url; a local file needs none.");
        var file = CommonOptions.ExistingPath(parsed.GetValue(_data));
        return writes ? await OperationsApi.HostAsync(file, cancellation) : OperationsApi.OfFile(file);
    }
}
