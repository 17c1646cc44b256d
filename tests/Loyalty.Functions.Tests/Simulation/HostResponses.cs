using System.Globalization;
using Loyalty.Core.Events;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Simulation.Populations;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.World;

namespace Loyalty.Functions.Tests.Simulation;

/// <summary>The people of a generated population read the host's mail and respond as they do in the simulation.</summary>
internal sealed class HostResponses(ResponseModel model, GeneratedPopulation population)
{
    private readonly Lock _gate = new();

    public void Read(OutgoingMessage message, GeneratedArrivals arrivals)
    {
        var customerId = message.To[..message.To.IndexOf('@', StringComparison.Ordinal)];
        var life = new CustomerLife();
        population.Fill(int.Parse(customerId.AsSpan(1), CultureInfo.InvariantCulture), life);
        // message-RUN-STEP-VISIT: neither a run's id nor a visit has a dash.
        var key = message.MessageId[Keys.MessagePrefix.Length..];
        int first = key.IndexOf('-', StringComparison.Ordinal), last = key.LastIndexOf('-');
        var sent = new SentMessage(
            customerId,
            key[..first],
            message.Headers["X-Loyalty-Journey"],
            key[(first + 1)..last],
            int.Parse(key.AsSpan(last + 1), CultureInfo.InvariantCulture),
            message.Headers["X-Loyalty-Template"],
            "offers",
            message.At);
        var events = new List<CanonicalEvent>();
        lock (_gate) model.Draw(sent, life.Seed, life.Zone, events);
        arrivals.Add(events);
    }

    /// <summary>Sends, then tells the reader.</summary>
    public sealed class Channel(IMessageChannel inner, Action<OutgoingMessage> read) : IMessageChannel
    {
        public async Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default)
        {
            var outcome = await inner.SendAsync(message, operationId, cancellation);
            read(message);
            return outcome;
        }

        public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => inner.LookUpAsync(operationId, cancellation);
    }
}
