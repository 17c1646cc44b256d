using System.Text;

namespace Loyalty.Engine.Tests.World;

/// <summary>A small program written in a test.</summary>
internal sealed class ProgramText
{
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal)
    {
        ["program.yaml"] = """
            program: trial
            zone: Europe/Sofia
            currency: EUR
            locales: [en]
            sender: { name: Trial, address: hello@trial.example }
            topics: { offers: Offers }
            """ + "\n",
    };

    /// <summary>More lines of program.yaml.</summary>
    public ProgramText Program(string yaml)
    {
        _files["program.yaml"] += yaml + "\n";
        return this;
    }

    public ProgramText Offers(string yaml)
    {
        _files["offers.yaml"] = "offers:\n" + yaml + "\n";
        return this;
    }

    public ProgramText Journey(string name, string yaml)
    {
        _files[$"journeys/{name}.yaml"] = $"journey: {name}\n" + yaml + "\n";
        return this;
    }

    /// <summary>Templates that show nothing but the named values.</summary>
    public ProgramText Templates(params string[] names)
    {
        foreach (var name in names)
        {
            var parts = name.Split(' ');
            var shown = string.Concat(parts.Skip(1).Select(static value => $"<p>{value}={{{{{value}}}}}</p>"));
            _files[$"templates/{parts[0]}/en.hbs"] = $"subject: {parts[0]}\n---\n<p>{parts[0]}</p>{shown}\n";
        }

        return this;
    }

    public Dictionary<string, ReadOnlyMemory<byte>> Bytes() =>
        Files().ToDictionary(static f => f.Key, static f => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(f.Value), StringComparer.Ordinal);

    public string WriteTo(string folder)
    {
        foreach (var (path, text) in Files())
        {
            var full = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
        }

        return folder;
    }

    /// <summary>Points cost something wherever a test does not say otherwise, so that its books show who forgets it.</summary>
    private IEnumerable<KeyValuePair<string, string>> Files() => _files.Select(static file =>
        file.Key == "program.yaml" && !file.Value.Contains("wallets:", StringComparison.Ordinal)
            ? KeyValuePair.Create(file.Key, file.Value + "wallets: { spendable: { cost: 0.01 EUR } }\n")
            : file);
}
