using System.Text;
using Loyalty.Core.Customers;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation;
using Loyalty.Simulation.Populations;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.World;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

namespace Loyalty.Functions.Tests.Simulation;

/// <summary>
/// The same people, the same events, the same responses: once through the whole host under virtual time (queue, durable engine, due scan, SQLite),
/// once through the simulation. Every run with its log, every ledger entry, every message and every order must be the same, customer by customer.
/// </summary>
public sealed class DifferentialTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-simulation-").FullName;

    /// <summary>LOYALTY_SIMULATION_CUSTOMERS makes it longer.</summary>
    private static int Customers =>
        int.TryParse(Environment.GetEnvironmentVariable("LOYALTY_SIMULATION_CUSTOMERS"), out var customers) ? customers : 1000;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Story_OfEveryCustomer_EqualsWhatTheHostDoes() => CompareAsync(Shipped, Customers, days: 30);

    [Fact]
    public Task Story_OfEveryFeature_EqualsWhatTheHostDoes()
    {
        var program = Path.Combine(_folder, "program");
        FeatureProgram.Write(Shipped, program);
        return CompareAsync(program, Math.Max(1, Customers / 10), days: 35, mayTie: true);
    }

    [Fact]
    public Task Story_OfRareFeaturesTogether_EqualsWhatTheHostDoes()
    {
        var program = Path.Combine(_folder, "program");
        RareProgram.Write(Shipped, program);
        return CompareAsync(program, Math.Max(1, Customers / 10), days: 50, mayTie: true);
    }

    private static string Shipped => Path.Combine(AppContext.BaseDirectory, "program");

    /// <param name="programFolder">What is played.</param>
    /// <param name="customers">How many people.</param>
    /// <param name="days">How long.</param>
    /// <param name="mayTie">
    /// Where a cap has one place for two messages of one moment, the host's threads decide which is judged first. Whom that happens to is not compared;
    /// everybody else is, and they are nearly all. Likewise an adaptive split: what it has learned at a moment depends on everybody, so the simulation is
    /// told what the host's turns were told at that moment, and must choose the same arms from it; who met a moment that was told two things is not compared.
    /// </param>
    private async Task CompareAsync(string programFolder, int customers, int days, bool mayTie = false)
    {
        var population = new GeneratedPopulation(new GeneratedOptions { Customers = customers, Days = days, Seed = 7 });
        GeneratedArrivals? arrivals = null;
        HostResponses? responses = null;
        TallyRecorder? tallies = null;
        await using var host = await ProgramHost.StartAsync(new ProgramHostOptions
        {
            DataFile = Path.Combine(_folder, "loyalty.db"),
            VirtualStart = population.Start,
            SurvivesPowerCut = false,
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox"),
                ["Program:Path"] = programFolder,
                ["Keys:Admin"] = "the-key-of-admin-0001",
            },
            Override = services =>
            {
                services.AddSingleton<ArmTallies>();
                services.Replace(ServiceDescriptor.Singleton<IArmTallies>(
                    provider => tallies = new TallyRecorder(provider.GetRequiredService<ArmTallies>(), provider.GetRequiredService<IClock>())));
            },
            DecorateChannel = channel => new HostResponses.Channel(channel, message => responses!.Read(message, arrivals!)),
        });
        var program = host.Services.GetRequiredService<IProgramSource>().Current;
        var input = new SimulationInput { Program = program, Population = population, Seed = 3, Rates = Busy, Learned = (journey, version, at) => tallies!.Told(journey, version, at) };
        responses = new HostResponses(new ResponseModel(program, Busy, input.Seed), population);
        arrivals = new GeneratedArrivals(host.Clock, host.Services.GetRequiredService<IntakeService>());
        var life = new CustomerLife();
        for (var number = 0; number < population.Count; number++)
        {
            life.Clear();
            population.Fill(number, life);
            arrivals.Add(life.Events);
        }

        using (host.Clock.RegisterFirst(arrivals)) await host.Clock.RunUntilAsync(population.End);
        Assert.Null(arrivals.Failure);

        var store = host.Services.GetRequiredService<IDocumentStore>();
        var differences = new List<string>();
        var (compared, tied) = (0, 0);
        for (var number = 0; number < population.Count; number++)
        {
            var unclear = tallies?.Unclear;
            var story = Simulator.Story(input, number);
            if (mayTie && (!story.Ties.IsEmpty || tallies?.Unclear != unclear))
            {
                tied++;
                continue;
            }

            var expected = await HostDocuments.ReadAsync(store, story.CustomerId);
            var actual = HostDocuments.Of(story);
            compared += expected.Count;
            foreach (var id in expected.Keys.Union(actual.Keys).Order(StringComparer.Ordinal))
            {
                var (one, other) = (expected.GetValueOrDefault(id) ?? "(absent)", actual.GetValueOrDefault(id) ?? "(absent)");
                if (one != other) differences.Add($"{story.CustomerId} {id}\n  host       {one}\n  simulation {other}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {compared} documents differ:\n" + string.Join('\n', differences.Take(8)));
        Assert.True(tied <= population.Count / 5, $"{tied} of {population.Count} people are not compared");
        Assert.True(compared > population.Count * 5, $"only {compared} documents");
        // The feature program's adaptive split has left its declared shares behind.
        Assert.True(!mayTie || tallies!.Informed > 20, $"only {tallies?.Informed} turns knew enough to leave the declared shares");
    }

    /// <summary>More responses than real people give, so that every branch is taken by somebody.</summary>
    private static ResponseRates Busy { get; } = new()
    {
        Default = new ResponseRate { Click = 0.2, Buy = 0.1, Answer = 0.6, Act = 0.2, Unsubscribe = 0.02 },
    };
}
