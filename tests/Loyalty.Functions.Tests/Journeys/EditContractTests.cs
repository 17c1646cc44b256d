using NodaTime;

namespace Loyalty.Functions.Tests.Journeys;

/// <summary>
/// Every cell of the edit contract on the real engine: one host, a journey for each edit × mode, three people in each, one moment at which
/// everything is edited, and weeks of virtual time to see who gets what.
/// </summary>
public sealed class EditContractTests(EditContractTests.World world) : IClassFixture<EditContractTests.World>
{
    public static TheoryData<string, string, string> Cells()
    {
        var cells = new TheoryData<string, string, string>();
        foreach (var edit in EditCells.Edits)
        {
            foreach (var position in EditCells.Positions.Keys)
            {
                foreach (var mode in EditCells.Modes) cells.Add(edit.Name, position, mode);
            }
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Edit_PersonInside_GetsWhatTheContractSays(string edit, string position, string mode)
    {
        var cell = EditCells.Edits.Single(one => one.Name == edit);
        var person = World.Person(edit, mode, position);

        var run = await world.Host.RunAsync(person, World.Journey(edit, mode));
        Assert.Equal(cell.Expected(mode, position), await world.Host.MailsAsync(person, world.Entered(position)));
        Assert.Equal(("completed", mode == "pin" ? 1 : 2), ((string?)run["outcome"], (int)run["version"]!));
    }

    [Fact]
    public async Task Edit_WhoeverEntersLater_IsOnTheNewVersion()
    {
        foreach (var mode in EditCells.Modes)
        {
            var run = await world.Host.RunAsync("late-" + mode, World.Journey("wait-shortened", mode));
            Assert.Equal(("completed", 2), ((string?)run["outcome"], (int)run["version"]!));
            Assert.Equal("a2 b3 c7", await world.Host.MailsAsync("late-" + mode, world.LateAt));
        }
    }

    [Fact]
    public async Task Edit_Log_SaysWhereThePersonWent()
    {
        var run = await world.Host.RunAsync(World.Person("step-removed", "follow", "at"), World.Journey("step-removed", "follow"));

        Assert.Contains(run["log"]!.AsArray(), static line => (string)line!["what"]! == "edited" && ((string)line["why"]!).StartsWith("version 1 to 2: w2 goes to m2, due ", StringComparison.Ordinal));
    }

    public sealed class World : IAsyncLifetime
    {
        private static readonly int Longest = EditCells.Positions.Values.Max();
        private static readonly string[] Everybody =
            [.. from edit in EditCells.Edits from mode in EditCells.Modes from position in EditCells.Positions.Keys select Person(edit.Name, mode, position)];

        public EditHost Host { get; private set; } = null!;

        public Instant LateAt { get; private set; }

        private static Instant EditedAt => EditHost.Start + Duration.FromDays(Longest + 1);

        public static string Journey(string edit, string mode) => $"{edit}-{mode}";

        public static string Person(string edit, string mode, string position) => $"{edit}-{mode}-{position}";

        public Instant Entered(string position) => EditedAt - Duration.FromDays(EditCells.Positions[position]);

        public async Task InitializeAsync()
        {
            var journeys = from edit in EditCells.Edits from mode in EditCells.Modes select (Name: Journey(edit.Name, mode), edit.Before);
            Host = await EditHost.StartAsync(
                journeys.ToDictionary(static one => one.Name, static one => EditHost.Journey(one.Name, one.Before), StringComparer.Ordinal), EditCells.Templates);
            await Host.SignUpAsync(Everybody.Concat(EditCells.Modes.Select(static mode => "late-" + mode)));
            foreach (var (position, days) in EditCells.Positions.OrderByDescending(static one => one.Value))
            {
                await Host.Host.Clock.RunUntilAsync(EditedAt - Duration.FromDays(days));
                await Host.SayAsync(Everybody.Where(one => one.EndsWith("-" + position, StringComparison.Ordinal)), one => one[..^(position.Length + 1)]);
            }

            await Host.Host.Clock.RunUntilAsync(EditedAt);
            await EditAsync();
            await Host.PassAsync(1.5);
            await Host.SayAsync(Everybody, static _ => "answer", "two");
            LateAt = Host.Now;
            await Host.SayAsync(EditCells.Modes.Select(static mode => "late-" + mode), static one => "wait-shortened-" + one["late-".Length..]);
            await Host.PassAsync(30);
        }

        public async Task DisposeAsync() => await Host.DisposeAsync();

        private async Task EditAsync()
        {
            foreach (var mode in new[] { "pin", "follow" })
            {
                await Host.PublishAllAsync(EditCells.Edits.Select(edit => (Journey(edit.Name, mode), EditHost.Journey(Journey(edit.Name, mode), edit.After))), mode);
            }

            foreach (var edit in EditCells.Edits)
            {
                await Host.PublishAsync(Journey(edit.Name, "map"), EditHost.Journey(Journey(edit.Name, "map"), edit.After), "map " + edit.Moves);
            }
        }
    }
}
