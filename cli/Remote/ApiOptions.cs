using System.CommandLine;
using Loyalty.Cli.CommandLine;

namespace Loyalty.Cli.Remote;

/// <summary>
/// Where a verb works: <c>--data FILE</c> (the host that owns the file is asked over HTTP; if none runs, the file is opened), or <c>--url</c> with
/// <c>--key</c> (any deployed app). Make one per command, add it with <see cref="AddTo"/>, and open it with <see cref="OpenAsync"/>.
/// </summary>
/// <param name="role">Whose key is looked for in the environment before the admin's: <c>Marketer</c> for <c>Keys__Marketer</c>.</param>
internal sealed class ApiOptions(string? role = null)
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

    private readonly Option<string?> _key = new("--key")
    {
        Description = role is null ? "The key for --url. Default: the environment's Keys__Admin." : $"The key for --url. Default: the environment's Keys__{role} or Keys__Admin.",
        HelpName = "KEY",
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Adds <c>--data</c>, <c>--url</c>, <c>--key</c> and <c>--json</c>.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="hasData">False: the verb works without a file, and has no <c>--data</c>, or one of its own.</param>
    /// <param name="hasJson">False: the verb answers in one sentence.</param>
    public Command AddTo(Command command, bool hasData = true, bool hasJson = true)
    {
        if (hasData) command.Add(_data);
        command.Add(_url);
        command.Add(_key);
        if (hasJson) command.Add(_json);
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
        return Remote(parsed) is { } remote ? Task.FromResult(remote) : ProgramApi.OpenFileAsync(DataFile(parsed), readOnly, cancellation);
    }

    /// <summary>The file that <c>--data</c> names, which exists.</summary>
    /// <exception cref="UsageException">It does not.</exception>
    public string DataFile(ParseResult parsed) => CommonOptions.ExistingPath(parsed.GetValue(_data));

    /// <summary>The app that <c>--url</c> names; null: none is named, and the verb works on a file.</summary>
    /// <exception cref="UsageException">What is named does not go together.</exception>
    public ProgramApi? Remote(ParseResult parsed)
    {
        var key = parsed.GetValue(_key);
        if (parsed.GetValue(_url) is not { } url)
        {
            return key is null ? null : throw new UsageException("--key belongs to --url; a local file needs none.");
        }

        if (parsed.GetResult(_data) is not null && parsed.GetValue(_data) is not null) throw new UsageException("--url and --data name two places: give one of them.");
        key ??= (role is null ? null : Environment.GetEnvironmentVariable("Keys__" + role)) ?? Environment.GetEnvironmentVariable("Keys__Admin");
        if (string.IsNullOrWhiteSpace(key)) throw new UsageException($"--url needs a key of the app: --key KEY, or Keys__{role ?? "Admin"} in the environment.");
        return ProgramApi.At(url, key);
    }

    private static Uri? Fail(System.CommandLine.Parsing.ArgumentResult result, string message)
    {
        result.AddError(message);
        return null;
    }
}
