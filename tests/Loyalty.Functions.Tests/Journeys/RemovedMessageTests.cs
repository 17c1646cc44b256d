namespace Loyalty.Functions.Tests.Journeys;

/// <summary>A message that waits while an edit removes its step.</summary>
public sealed class RemovedMessageTests
{
    [Fact]
    public async Task Follow_StepOfAWaitingMessageRemoved_EndsItWithItsReason()
    {
        const string Window = "send-window: { from: \"06:00\", to: \"07:00\" }";
        var before = EditHost.Journey("notes", "  - { name: first, send: a }\n  - { name: pause, wait: 1d }\n  - { name: last, send: b }", Window);
        var after = EditHost.Journey("notes", "  - { name: pause, wait: 1d }\n  - { name: last, send: b }", Window);
        await using var host = await EditHost.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["notes"] = before }, "a", "b");
        await host.SignUpAsync(["ann"]);
        await host.SayAsync(["ann"], static _ => "notes");
        Assert.Equal("", await host.MailsAsync("ann", EditHost.Start));

        await host.PublishAsync("notes", after, "map first=pause");
        Assert.Equal("a0:step-removed", await host.MailsAsync("ann", EditHost.Start));
        await host.PassAsync(4);

        // Told once, and the rest of the journey goes on.
        Assert.Equal("a0:step-removed b1.8", await host.MailsAsync("ann", EditHost.Start));
    }
}
