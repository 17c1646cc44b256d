using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.LocalHost.Program;
using NodaTime;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>A channel that is taken out of the program, renamed, moved and brought back while messages wait for it, by publishing to a host that runs.</summary>
public sealed class ChannelChangeTests(ChannelChangeTests.Changing program) : IClassFixture<ChannelChangeTests.Changing>
{
    /// <summary>Each message is told with its reason or goes, by the program that counts when its time comes; nothing needs another start.</summary>
    [Fact]
    public async Task Channel_RemovedRenamedAndBroughtBackWhileMessagesWait_EachGoesOrIsToldWhyNot()
    {
        program.Gateway.Answer = static (_, _, _) => (200, true);
        var (lost, first) = (await SignUpAsync("lost", "+359888100001"), program.Host.Clock.Now);
        await PublishAsync("", channel: null);
        await PassToWindowAsync();
        Assert.Equal(["hello withheld no-channel", "instead sent"], await MessagesAsync(lost));
        Assert.Contains("no-channel", (await program.GetAsync($"api/customers/{lost}/runs")).Text + (await program.GetAsync($"api/customers/{lost}/messages")).Text, StringComparison.Ordinal);

        // Waits while the channel is away, and goes when it is back in time, by the version that named it.
        await PublishAsync(Channel("sms", program.Gateway.Url), "sms");
        var patient = await SignUpAsync("patient", "+359888100002");
        await PublishAsync("", channel: null);
        Assert.Empty(await MessagesAsync(patient));
        await PublishAsync(Channel("sms", program.Gateway.Url + "?moved=1"), "sms");
        var moved = await SignUpAsync("moved", "+359888100003");
        await PassToWindowAsync();
        Assert.Equal(["hello sent"], await MessagesAsync(patient));
        Assert.Equal(["hello sent"], await MessagesAsync(moved));

        // Under another name it is another channel: what waits for the old one does not go by it, what comes then does.
        var stranded = await SignUpAsync("stranded", "+359888100004");
        await PublishAsync(Channel("texts", program.Gateway.Url), "texts");
        var renamed = await SignUpAsync("renamed", "+359888100005");
        await PublishAsync(Channel("unsigned", program.Gateway.Url), "unsigned");
        var unsigned = await SignUpAsync("unsigned", "+359888100006");
        await PublishAsync(Channel("texts", program.Gateway.Url), "texts");
        await PassToWindowAsync();
        Assert.Equal(["hello withheld no-channel", "instead sent"], await MessagesAsync(stranded));
        Assert.Equal(["hello sent"], await MessagesAsync(renamed));
        Assert.Equal(["hello withheld no-channel", "instead sent"], await MessagesAsync(unsigned));
        // A channel whose secret this host does not have.
        await PublishAsync(Channel("unsigned", program.Gateway.Url), "unsigned");
        var keyless = await SignUpAsync("keyless", "+359888100007");
        await PassToWindowAsync();
        Assert.Equal(["hello withheld no-channel", "instead sent"], await MessagesAsync(keyless));

        Assert.Equal(
            ["+359888100002", "+359888100003", "+359888100005"],
            program.Gateway.Delivered.Values.Select(static all => (string)Assert.Single(all)["to"]!).Order(StringComparer.Ordinal));
        Assert.Empty(program.DeadLetters());
        Assert.True(program.Host.Clock.Now > first);
    }

    private static string Channel(string name, string url) => $"channels: {{ {name}: {{ url: \"{url}\", to: phone }} }}";

    private async Task<string> SignUpAsync(string name, string phone)
    {
        var consent = """{ "offers": true, "sms/offers": true, "texts/offers": true, "unsigned/offers": true }""";
        Assert.Equal(202, (await program.StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{name}}@example.com" }, "person": { "email": "{{name}}@example.com", "phone": "{{phone}}", "consent": {{consent}} } } }""")).Status);
        await program.SettleAsync();
        return await program.IdOfAsync($"{name}@example.com");
    }

    private async Task PublishAsync(string channels, string? channel)
    {
        var files = new JsonObject { ["program.yaml"] = Changing.Program(channels), ["journeys/texts.yaml"] = Changing.Journey(channel) };
        var body = new JsonObject { ["files"] = files, ["inFlight"] = "pin", ["commit"] = true };
        var request = new HttpRequestMessage(HttpMethod.Post, "api/program") { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("marketer"));
        var answer = await program.SendAsync(request);
        Assert.True(answer.Status == 200, answer.Text);
        await program.SettleAsync();
    }

    /// <summary>The window is from two to three in the afternoon.</summary>
    private Task PassToWindowAsync()
    {
        var today = program.Host.Clock.Now.InUtc().Date.At(new LocalTime(20, 30)).InUtc().ToInstant();
        return program.Host.Clock.RunUntilAsync(today > program.Host.Clock.Now ? today : today + Duration.FromDays(1));
    }

    private async Task<List<string>> MessagesAsync(string id) =>
        [.. (await program.GetAsync($"api/customers/{id}/messages")).Body.AsArray().Select(static one => $"{one!["template"]} {one["result"]} {one["reason"]}".Trim()).Order(StringComparer.Ordinal)];

    /// <summary>Started with a channel, and with the secret of one that its folder does not name.</summary>
    public sealed class Changing : ContactFixture
    {
        private readonly string _program = Directory.CreateTempSubdirectory("loyalty-channels-").FullName;

        public SmsGateway Gateway { get; } = new();

        public override async Task InitializeAsync()
        {
            await Gateway.StartAsync();
            await WriteAsync("program.yaml", Program(Channel("sms", Gateway.Url)));
            await WriteAsync("journeys/texts.yaml", Journey("sms"));
            await WriteAsync("templates/hello/en.hbs", "subject: Hello\n---\n<p>Hello</p>\n");
            await WriteAsync("templates/instead/en.hbs", "subject: Instead\n---\n<p>Instead</p>\n");
            await base.InitializeAsync();
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Gateway.DisposeAsync();
            Directory.Delete(_program, recursive: true);
        }

        public static string Program(string channels) => $$"""
            program: trial
            zone: America/New_York
            currency: USD
            locales: [en]
            sender: { name: Trial, address: hello@trial.example }
            topics: { offers: Offers }
            {{channels}}
            """ + "\n";

        public static string Journey(string? channel) => $$"""
            journey: texts
            title: A text message
            topic: offers
            enter: { event: customer.signed-up }
            send-window: { from: "14:00", to: "15:00" }
            steps:
              - name: text
                send: hello
                {{(channel is null ? "priority: normal" : "channel: " + channel)}}
                not-sent:
                  - { name: instead, send: instead }
            """ + "\n";

        protected override ProgramHostOptions Adjust(ProgramHostOptions options)
        {
            var adjusted = base.Adjust(options);
            var settings = new Dictionary<string, string?>(adjusted.Settings, StringComparer.OrdinalIgnoreCase)
            {
                ["Program:Path"] = _program,
                ["Channels:sms:Secret"] = ChannelFixture.ChannelSecret,
                ["Channels:texts:Secret"] = ChannelFixture.ChannelSecret,
            };
            return adjusted with { Settings = settings };
        }

        private Task WriteAsync(string path, string text)
        {
            var full = Path.Combine(_program, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            return File.WriteAllTextAsync(full, text);
        }
    }
}
