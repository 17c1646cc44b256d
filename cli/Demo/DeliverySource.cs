using Loyalty.LocalHost.Time;
using Loyalty.Simulation.Shop;
using NodaTime;

namespace Loyalty.Cli.Demo;

/// <summary>
/// The generated shop as part of virtual time: at each moment it sends that moment's webhooks over HTTP, and what people do because of a mail is
/// added when the mail goes out. It keeps nothing: after a crash the same deliveries follow from the seed, the mails in the outbox and the clock.
/// </summary>
internal sealed class DeliverySource : IMomentSource, IDisposable
{
    private const int Parallel = 16;
    private readonly Lock _gate = new();
    private readonly HostClock _clock;
    private readonly HttpClient _http;
    private readonly Reactions _reactions;
    private readonly long _seed;
    private readonly IEnumerator<ShopDelivery> _script;
    private readonly PriorityQueue<ShopDelivery, (Instant, int, string)> _added = new();
    private readonly HashSet<string> _mails = new(StringComparer.Ordinal);
    private readonly Instant _resumedAt;
    private bool _scriptHasMore;

    /// <param name="clock">The host's clock.</param>
    /// <param name="http">With the host's base address.</param>
    /// <param name="options">The shop.</param>
    public DeliverySource(HostClock clock, HttpClient http, ShopOptions options)
    {
        _clock = clock;
        _http = http;
        _reactions = new Reactions(options);
        _seed = options.Seed;
        _resumedAt = clock.Now;
        // What stood at the clock's last moment may not have been accepted: it is sent again and drops as a redelivery.
        _script = new ShopPopulation(options).Deliveries(_resumedAt - Duration.Epsilon).GetEnumerator();
        _scriptHasMore = _script.MoveNext();
    }

    /// <summary>Deliveries sent by this process, by topic.</summary>
    public SortedDictionary<string, long> Sent { get; } = new(StringComparer.Ordinal);

    /// <summary>The first delivery that was not answered with 2xx; the demo stops with it.</summary>
    public string? Failure { get; private set; }

    /// <summary>A mail went out: what its reader will do is drawn and added, once a mail.</summary>
    public void Read(SentMail mail)
    {
        var reactions = _reactions.For(mail.Template, mail.To, mail.SentOn(Zone(mail.To)));
        lock (_gate)
        {
            if (!_mails.Add(mail.Id)) return;
            foreach (var reaction in reactions)
            {
                if (reaction.At >= _resumedAt) _added.Enqueue(reaction, (reaction.At, reaction.Customer, reaction.Topic));
            }
        }

        _clock.Pulse();
    }

    /// <inheritdoc/>
    public Instant? NextMoment()
    {
        lock (_gate)
        {
            Instant? next = _scriptHasMore ? _script.Current.At : null;
            return _added.TryPeek(out var added, out _) && (next is null || added.At < next) ? added.At : next;
        }
    }

    /// <inheritdoc/>
    public void Fire(Instant now)
    {
        var due = new List<ShopDelivery>();
        lock (_gate)
        {
            while (_scriptHasMore && _script.Current.At <= now)
            {
                due.Add(_script.Current);
                _scriptHasMore = _script.MoveNext();
            }

            while (_added.TryPeek(out var added, out _) && added.At <= now) due.Add(_added.Dequeue());
        }

        if (due.Count == 0) return;
        var busy = _clock.Busy("the shop's webhooks");
        _ = Task.Run(async () =>
        {
            using (busy) await SendAsync(due);
        });
    }

    public void Dispose() => _script.Dispose();

    /// <summary>One person's deliveries one after the other, different people's at the same time.</summary>
    private async Task SendAsync(List<ShopDelivery> due)
    {
        var people = due.GroupBy(static delivery => delivery.Customer);
        await System.Threading.Tasks.Parallel.ForEachAsync(
            people,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel },
            async (person, cancellation) =>
            {
                foreach (var delivery in person) await SendAsync(delivery, cancellation);
            });
    }

    private async Task SendAsync(ShopDelivery delivery, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/" + delivery.Route);
        request.Content = new ReadOnlyMemoryContent(delivery.Body);
        foreach (var (name, value) in delivery.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode) Failure ??= $"{delivery.Topic} was answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellation)}";
        }
        catch (HttpRequestException failure)
        {
            Failure ??= $"{delivery.Topic}: {failure.Message}";
        }

        lock (_gate) Sent[delivery.Topic] = Sent.GetValueOrDefault(delivery.Topic) + 1;
    }

    private DateTimeZone Zone(string email) =>
        ShopPerson.NumberOf(email) is { } number ? ShopPerson.Of(_seed, number).TimeZone : DateTimeZone.Utc;
}
