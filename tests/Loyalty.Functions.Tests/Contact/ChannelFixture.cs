using Loyalty.LocalHost.Program;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>A program of its own with text messages, double opt-in and signed links, and the gateway that takes the text messages.</summary>
public sealed class ChannelFixture : ContactFixture
{
    public const string ChannelSecret = "whsec_c21zLWdhdGV3YXktc2VjcmV0LTAwMDE=";

    private readonly string _program = Directory.CreateTempSubdirectory("loyalty-channel-").FullName;

    public SmsGateway Gateway { get; } = new();

    public override async Task InitializeAsync()
    {
        await Gateway.StartAsync();
        Write("program.yaml", $$"""
            program: trial
            zone: America/New_York
            currency: USD
            locales: [en]
            sender: { name: Trial, address: hello@trial.example }
            topics: { offers: Offers, news: News }
            channels: { sms: { url: "{{Gateway.Url}}", to: phone } }
            contact: { double-opt-in: [offers] }
            """);
        Write("journeys/texts.yaml", """
            journey: texts
            title: A text message
            enter: { event: customer.signed-up }
            steps:
              - { name: text, send: hello, class: transactional, channel: sms }
            """);
        Write("journeys/confirm.yaml", """
            journey: confirm
            title: Confirm the address
            enter: { event: customer.consent-changed, when: "event.asked contains 'offers'", again: after-end }
            steps:
              - { name: ask, send: confirm-address, class: transactional }
            """);
        Write("templates/hello/en.hbs", "subject: Hello\n---\n<p>Hello {{links.preferences}}</p>\n");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "program", "templates"), "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "program"), file);
            if (path.Contains("confirm-address", StringComparison.Ordinal) || path.StartsWith(Path.Combine("templates", "_"), StringComparison.Ordinal)) Write(path, await File.ReadAllTextAsync(file));
        }

        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Gateway.DisposeAsync();
        Directory.Delete(_program, recursive: true);
    }

    protected override ProgramHostOptions Adjust(ProgramHostOptions options)
    {
        var adjusted = base.Adjust(options);
        var settings = new Dictionary<string, string?>(adjusted.Settings, StringComparer.OrdinalIgnoreCase) { ["Program:Path"] = _program, ["Channels:sms:Secret"] = ChannelSecret };
        return adjusted with { Settings = settings };
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(_program, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
