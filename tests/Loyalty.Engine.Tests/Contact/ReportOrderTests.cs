using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>Reports of one message, in every order in which they can come in.</summary>
public sealed class ReportOrderTests
{
    // 10:00 in Sofia, a Monday.
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);
    private static readonly (string Type, int Minute, string? Kind)[] Reports =
    [
        ("message.delivered", 1, null), ("message.opened", 2, null), ("message.complained", 4, null), ("message.bounced", 5, "hard"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reports_InEveryOrder_LeaveTheSame(bool isOpen)
    {
        var left = new List<string>();
        foreach (var order in Orders(Reports))
        {
            var provider = new TestProvider { CanBeAsked = !isOpen, Fault = isOpen ? static () => ProviderFault.LostAnswer : null };
            await using var world = await EngineWorld.StartAsync(Start, provider, program: ContactTests.OneMail());
            var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
            await world.PassAsync(Duration.FromMinutes(isOpen ? 10 : 1));
            var run = Assert.Single(await world.Queries.RunsAsync(customer));
            foreach (var (type, minute, kind) in order)
            {
                var report = ContactTests.About(run, type, "ann@example.com", Start + Duration.FromMinutes(minute), kind is null ? [] : [("kind", kind)]);
                // Each comes twice, as providers repeat.
                for (var i = 0; i < 2; i++) await world.TellAsync(report with { Id = $"{type}-{kind}" });
            }

            await world.PassAsync(Duration.FromDays(2));
            var state = (await world.Queries.GetAsync(customer))!.Customer!;
            var message = Assert.Single(await world.Queries.MessagesAsync(customer));
            var consents = string.Join(' ', state.Consents.Select(static one => $"{one.Topic}={one.IsGiven}@{one.At}"));
            left.Add($"{message.Result} {message.Reason} | {consents} | {state.Contact!.Suppressed.Length} {state.Contact.Find(Consents.Email, "ann@example.com") is not null} | {state.LastActivityAt} | {provider.Messages.Count}");
        }

        Assert.Equal(24, left.Count);
        var one = Assert.Single(left.Distinct());
        Assert.StartsWith("sent  | *=False@2026-03-02T08:04:00Z offers=True@2026-03-02T08:00:00Z | 1 True |", one, StringComparison.Ordinal);
    }

    private static IEnumerable<IReadOnlyList<T>> Orders<T>(IReadOnlyList<T> items)
    {
        if (items.Count == 0) return [[]];
        return items.SelectMany((first, at) => Orders([.. items.Where((_, other) => other != at)]).Select(rest => (IReadOnlyList<T>)[first, .. rest]));
    }
}
