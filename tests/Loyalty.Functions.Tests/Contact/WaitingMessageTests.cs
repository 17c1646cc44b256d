using Loyalty.Functions.Tests.Journeys;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>What happens to a message that waits when the world changes around it: its journey is paused, its person moves.</summary>
public sealed class WaitingMessageTests
{
    private const string Window = "send-window: { from: \"06:00\", to: \"14:00\" }";

    [Fact]
    public async Task Resume_OutsideTheSendWindow_WaitsForTheNextMorning()
    {
        await using var host = await EditHost.StartAsync(Files(("notes", "")), "notes");
        await QueueAsync(host, "notes");
        await ChangeAsync(host, "notes", "pause");
        // The window opens and closes again.
        await host.PassAsync(1.2);
        await ChangeAsync(host, "notes", "resume");
        Assert.Equal("", await host.MailsAsync("ann", EditHost.Start));
        await host.PassAsync(0.2);
        Assert.Equal("send-window", (string?)(await host.RunAsync("ann", "notes"))["waiting"]![0]!["reason"]);
        await host.PassAsync(0.5);

        // 06:00 on the second day after it was queued at 15:00; it began at 12:00.
        Assert.Equal("notes1.8", await host.MailsAsync("ann", EditHost.Start));
    }

    /// <summary>The more important message cannot go as long as its journey is paused: the other does not wait for it.</summary>
    [Fact]
    public async Task Pause_AMoreImportantMessage_HoldsNoOtherUpUnderACap()
    {
        await using var host = await EditHost.StartWithAsync("contact: { caps: [ { at-most: 1, per: day } ] }", Files(("alpha", ""), ("big", ", priority: high")), "alpha", "big");
        await QueueAsync(host, "alpha", "big");
        await ChangeAsync(host, "big", "pause");
        await host.PassAsync(1);
        Assert.Equal("alpha0.8", await host.MailsAsync("ann", EditHost.Start));
        await ChangeAsync(host, "big", "resume");
        await host.PassAsync(1);

        Assert.Equal(["alpha0.8", "big1.8"], (await host.MailsAsync("ann", EditHost.Start)).Split(' ').Order(StringComparer.Ordinal));
    }

    /// <summary>At six in Greenwich it is ten in the evening in California.</summary>
    [Fact]
    public async Task Zone_OfThePersonChangesWhileAMessageWaits_TheWindowIsThatOfTheNewOne()
    {
        await using var host = await EditHost.StartAsync(Files(("notes", "")), "notes");
        await QueueAsync(host, "notes");
        await host.TellAsync($$"""{ "type": "customer.updated", "timestamp": "{{host.Now}}", "data": { "customer": { "email": "ann@example.com" }, "person": { "zone": "America/Los_Angeles" } } }""");
        await host.PassAsync(1);

        Assert.Equal("notes1.1", await host.MailsAsync("ann", EditHost.Start));
    }

    private static Dictionary<string, string> Files(params (string Name, string Option)[] journeys) => journeys.ToDictionary(
        static one => one.Name, static one => EditHost.Journey(one.Name, $"  - {{ name: first, send: {one.Name}{one.Option} }}", Window), StringComparer.Ordinal);

    /// <summary>At 15:00 each journey has a message for the next morning.</summary>
    private static async Task QueueAsync(EditHost host, params string[] journeys)
    {
        await host.SignUpAsync(["ann"]);
        await host.PassAsync(0.125);
        foreach (var journey in journeys) await host.SayAsync(["ann"], _ => journey);
        Assert.Equal("", await host.MailsAsync("ann", EditHost.Start));
    }

    private static async Task ChangeAsync(EditHost host, string journey, string verb)
    {
        var (status, body) = await host.CallAsync(HttpMethod.Post, $"journeys/{journey}/{verb}");
        Assert.True(status is 200 or 202 or 204, body.ToJsonString());
        await host.Host.Clock.WaitForIdleAsync();
    }
}
