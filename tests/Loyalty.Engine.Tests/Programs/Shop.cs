using System.Text;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

/// <summary>A small program in memory.</summary>
internal static class Shop
{
    public const string Program = """
        program: shop
        zone: Europe/Sofia
        currency: EUR
        locales: [en]
        topics: { offers: Offers }
        facts: { size: text }
        events: { club.joined: { level: number } }
        """;

    public const string Head = """
        journey: trial
        topic: offers
        enter: { event: customer.signed-up }
        """;

    public static ProgramLoad Load(string journey, string program = Program, params (string Path, string Text)[] more)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["program.yaml"] = Encoding.UTF8.GetBytes(program),
            ["journeys/trial.yaml"] = Encoding.UTF8.GetBytes(journey),
            ["templates/hello/en.hbs"] = Encoding.UTF8.GetBytes("subject: Hello\n---\n<p>{{#if customer.first-name}}{{customer.first-name}}{{/if}}</p>"),
            ["templates/points/en.hbs"] = Encoding.UTF8.GetBytes("subject: {{points}}\n---\n{{#if points}}{{points}}{{else}}{{links.unsubscribe}}{{/if}}"),
        };
        foreach (var (path, text) in more) files[path] = Encoding.UTF8.GetBytes(text);
        return ProgramLoader.Load(files);
    }

    /// <summary>A journey with these steps.</summary>
    public static ProgramLoad Steps(string steps) => Load(Head + "\nsteps:\n" + steps);

    public static JourneyDefinition Journey(string journey)
    {
        var load = Load(journey);
        Assert.Empty(load.Findings);
        return load.Program!.Journeys["trial"];
    }

    public static JourneyDefinition WithSteps(string steps) => Journey(Head + "\nsteps:\n" + steps);
}
