using System.CommandLine;
using Loyalty.Cli.CommandLine;

namespace Loyalty.Cli.Remote;

/// <summary>
/// Where a verb works: <c>--data FILE</c> (the host that owns the file is asked over HTTP; if none runs, the file is opened), or <c>--url</c> with
/// <c>--key</c> (any deployed app). Make one per command, add it with <see cref="AddTo"/>, and open it with <see cref="OpenAsync"/>.
/// </summary>
internal sealed class ApiOptions
{
    private readonly Option<FileInfo?> _data = CommonOptions.Data("loyalty.db");

    private readonly Option<Uri?> _url = new("--url")
    {
        Description = "Talk to this app instead of a local file, e.g. https://shop.azurewebsites.net",
        HelpName = "URL",
        CustomParser = static result => Uri.TryCreate(result.Tokens.Count == 0 ? null : result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : Fail(result, $"--url {(result.Tokens.Count == 0 ? "" : result.Tokens[0].Value)}: expected an address such as https://shop.azurewebsites.net"),
    };

    private readonly Option<string?> _key = new("--key") { Description = "The key for --url. Default: the environment's Keys__Admin.", HelpName = "KEY" };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Adds <c>--data</c>, <c>--url</c>, <c>--key</c> and <c>--json</c>.</summary>
    public Command AddTo(Command command)
    {
        command.Add(_data);
        command.Add(_url);
        command.Add(_key);
        command.Add(_json);
        return command;
    }

    /// <summary>Whether JSON is asked for.</summary>
    public bool AsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Whether the command line says where.</summary>
    public bool NamesPlace(ParseResult parsed) => parsed.GetValue(_data) is not null || parsed.GetValue(_url) is not null || parsed.GetValue(_key) is not null;

    /// <summary>Opens what the command line names.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="readOnly">True for a verb that only reads: it also works on a file that cannot be written.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="UsageException">What is named does not go together, or is not there.</exception>
    public Task<ProgramApi> OpenAsync(ParseResult parsed, bool readOnly, CancellationToken cancellation = default)
    {
        var key = parsed.GetValue(_key);
        if (parsed.GetValue(_url) is not { } url)
        {
            if (key is not null) throw new UsageException("--key belongs to --url; a local file needs none.");
            return ProgramApi.OpenFileAsync(CommonOptions.ExistingPath(parsed.GetValue(_data)), readOnly, cancellation);
        }

        if (parsed.GetValue(_data) is not null) throw new UsageException("--url and --data name two places: give one of them.");
        key ??= Environment.GetEnvironmentVariable("Keys__Admin");
        if (string.IsNullOrWhiteSpace(key)) throw new UsageException("--url needs a key of the app: --key KEY, or Keys__Admin in the environment.");
        return Task.FromResult(ProgramApi.At(url, key));
    }

    private static Uri? Fail(System.CommandLine.Parsing.ArgumentResult result, string message)
    {
        result.AddError(message);
        return null;
    }
}
