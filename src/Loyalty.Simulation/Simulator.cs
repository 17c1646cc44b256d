using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Simulation.Populations;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.Results;
using Loyalty.Simulation.World;
using NodaTime;

namespace Loyalty.Simulation;

/// <summary>What is to be simulated.</summary>
public sealed record SimulationInput
{
    /// <summary>The program: a draft, or what is live.</summary>
    public required LiveProgram Program { get; init; }

    /// <summary>The people.</summary>
    public required IPopulation Population { get; init; }

    /// <summary>How they respond.</summary>
    public ResponseRates Rates { get; init; } = new();

    /// <summary>Every response follows from it; default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>What the provider takes; null: no limit is known.</summary>
    public SendQuota? Quota { get; init; }

    /// <summary>Versions of journeys that people of the population may be inside, by journey and number; null: only those of the program.</summary>
    public Func<string, int, JourneyDefinition?>? Versions { get; init; }

    /// <summary>What adaptive splits know at each moment; null: nothing, so that their declared shares decide.</summary>
    public Learned? Learned { get; init; }

    /// <summary>The protocol's times.</summary>
    public RunProtocolSettings Settings { get; init; } = RunProtocolSettings.Default;
}

/// <summary>What the adaptive splits of a version of a journey know at a moment, by split. From the same draw and the same tallies follows the same arm.</summary>
public delegate ImmutableDictionary<string, ImmutableArray<ArmTally>> Learned(string journey, int version, Instant at);

/// <summary>
/// Plays a population through a program: the host's own use cases on documents in memory (docs/decisions, simulation). People are played one at
/// a time, so memory does not grow with their number, and they share nothing, so the result is the same on any number of threads.
/// </summary>
public static class Simulator
{
    private const int Portion = 64;

    /// <summary>Plays everybody.</summary>
    /// <param name="input">What.</param>
    /// <param name="threads">1 or more; does not change the result.</param>
    /// <param name="played">Called with how many people more have been played, from any thread; null: nobody wants to know.</param>
    /// <param name="cancellation">Stops between two people.</param>
    public static SimulationReport Run(SimulationInput input, int threads = 1, Action<int>? played = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        // Nobody reads the logs of runs that are only counted.
        var quiet = input with { Settings = input.Settings with { KeepsLog = false } };
        var tallies = new Tally[threads];
        var next = 0;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, thread =>
        {
            var player = new Player(quiet);
            tallies[thread] = player.Tally;
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var first = Interlocked.Add(ref next, Portion) - Portion;
                if (first >= input.Population.Count) return;
                var last = Math.Min(first + Portion, input.Population.Count);
                for (var number = first; number < last; number++) player.Play(number);
                played?.Invoke(last - first);
            }
        });
        for (var i = 1; i < threads; i++) tallies[0].Add(tallies[i]);
        return SimulationReport.Of(input, tallies[0]);
    }

    /// <summary>One customer's whole story.</summary>
    /// <param name="input">What.</param>
    /// <param name="number">The person's number in the population, from 0.</param>
    public static CustomerStory Story(SimulationInput input, int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, input.Population.Count);
        return new Player(input).Tell(number);
    }

    /// <summary>One thread's world.</summary>
    private sealed class Player : IWorldWatcher
    {
        private readonly IPopulation _population;
        private readonly ResponseModel _responses;
        private readonly CustomerWorld _world;
        private readonly CustomerLife _life = new();
        private readonly List<CanonicalEvent> _answers = [];
        private StoryTeller? _teller;

        public Player(SimulationInput input)
        {
            _population = input.Population;
            _responses = new ResponseModel(input.Program, input.Rates, input.Seed);
            var audiences = AudienceMoments.Of(input.Program, _population.Start, _population.End);
            _world = new CustomerWorld(new WorldPrograms(input.Program, input.Versions), input.Settings, this, input.Learned, audiences);
            Tally = new Tally(_population.Start, _population.End, input.Program.Journeys);
        }

        public Tally Tally { get; }

        public void Play(int number)
        {
            _life.Clear();
            _population.Fill(number, _life);
            _world.Play(_life, _population.Start, _population.End);
            Tally.Close(_world.Store);
        }

        public CustomerStory Tell(int number)
        {
            _teller = new StoryTeller();
            Play(number);
            var documents = _world.Store.Documents.ToImmutableSortedDictionary(
                static one => one.Key, static one => one.Value.Value, StringComparer.Ordinal);
            return _teller.Close(_life.CustomerId, _life.Zone.Id, documents);
        }

        public void Applied(Instant now, CanonicalEvent e, ApplyOutcome outcome)
        {
            _teller?.Event(now, e, outcome);
            Tally.Event(e);
            if (outcome is ApplyOutcome.Refused refused) Tally.Refuse(refused.Code.ToString());
        }

        public void Written(Instant now, in ObjectWrite write, object? before)
        {
            _teller?.Written(now, write, before);
            switch (write.Value)
            {
                case RunDocument run: Tally.Run(now, (RunDocument?)before, run); break;
                case LedgerEntry entry when before is null: Tally.Entry(now, entry); break;
                case MessageRecord message when before is null: Respond(message); break;
                default: break;
            }
        }

        private void Respond(MessageRecord message)
        {
            Tally.Message(message);
            if (message.Result != StepResults.Sent) return;
            _answers.Clear();
            var sent = new SentMessage(
                _life.CustomerId, message.RunId, message.Journey, message.Step, message.Visit, message.Template, message.Topic, message.At);
            var responded = _responses.Draw(sent, _life.Seed, _life.Zone, _answers);
            Tally.Response(message.Template, responded);
            _teller?.Response(message.At, sent, responded);
            foreach (var answer in _answers) _world.Arrive(answer);
        }
    }
}
