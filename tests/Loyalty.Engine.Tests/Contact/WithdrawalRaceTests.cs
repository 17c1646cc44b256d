using System.Collections.Immutable;
using System.Text;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>
/// Everything that takes a message away from a person (a list that is imported, the preference page, a link, a complaint), before each call of the store that a
/// hand-over makes, on each channel, alone or with a second host that delivers the same message: nothing is handed over whose claim commits after it.
/// </summary>
public sealed class WithdrawalRaceTests
{
    private const string Phone = "+359888123456";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var channel in new[] { "email", "sms", "push" })
        {
            // A channel that knows the devices itself has no address that a list could name.
            foreach (var way in channel == "push" ? new[] { "page", "link", "complaint" } : ["import", "page", "link", "complaint"])
            {
                foreach (var otherHost in new[] { "none", "before", "after" }) cases.Add(channel, way, otherHost);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Withdrawal_BeforeEachCallOfAHandOver_NoClaimOutlivesIt(string channel, string way, string otherHost)
    {
        SteppedStore stepped = null!;
        var provider = new TestProvider();
        var channels = new MessageChannels(new Dictionary<string, IMessageChannel>(StringComparer.Ordinal) { ["sms"] = provider, ["push"] = provider });
        await using var world = await EngineWorld.StartAsync(
            Start,
            provider,
            store => stepped = new SteppedStore(store),
            Program(channel),
            contact: (store, clock, _) => new ContactServices(Channels: channels, Suppressions: new SuppressionList(store, clock)));
        var (kept, went) = (0, 0);
        for (var call = 0; ; call++)
        {
            var email = $"ann{call}@example.com";
            var phone = Phone[..^3] + (100 + call);
            await world.TellAsync(SignUp(email, phone, world.Clock.Now));
            var customer = (await world.Queries.FindAsync(email))!;
            var run = Assert.Single(await world.Queries.RunsAsync(customer));
            var reference = new RunReference(customer, run.Run.RunId, run.Gen);
            var item = (await world.Turns.AdvanceAsync(reference, null)).Items[0];
            var before = provider.Messages.Count;
            stepped.At(call, async () =>
            {
                if (otherHost == "before") await world.Deliveries.DeliverAsync(reference, item);
                await TakeBackAsync(world, way, channel, customer, email, phone, run.Run.RunId);
                if (otherHost == "after") await world.Deliveries.DeliverAsync(reference, item);
            });
            await world.Deliveries.DeliverAsync(reference, item);
            var (isReached, wasClaimed) = stepped.End();
            await world.PassAsync(Duration.FromDays(2));

            var isSent = provider.Messages.Count > before;
            var record = Assert.Single(await world.Queries.MessagesAsync(customer));
            Assert.Equal(isSent ? "sent" : "withheld", record.Result);
            Assert.All(provider.Taken, static one => Assert.Equal(1, one.Value));
            if (isReached && otherHost != "before" && !wasClaimed) Assert.False(isSent, $"handed over, though taken back before call {call}");
            if (isReached && !isSent) Assert.Equal(Reason(way), record.Reason);
            if (isSent) went++;
            else kept++;
            if (!isReached) break;
            Assert.InRange(call, 0, 60);
        }

        // Whoever was not reached went; of the others those that were taken back in time did not.
        Assert.True(went > 0 && (kept > 0 || otherHost == "before"), $"kept {kept}, went {went}");
    }

    private static async Task TakeBackAsync(EngineWorld world, string way, string channel, string customer, string email, string phone, string runId)
    {
        var topic = channel == "email" ? "offers" : channel + "/offers";
        var answers = new AnswersUseCase(world.Store, world.Apply, world.Merger, world.Programs, world.Clock);
        switch (way)
        {
            case "import":
                Assert.Equal(1, (await new SuppressionList(world.Store, world.Clock).ImportAsync([channel == "sms" ? phone : email], "old-system")).Added);
                break;
            case "page":
                Assert.NotNull(await answers.ChooseAsync(new ContactToken(ContactPurpose.Preferences, customer, null, null), new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal), "none"));
                break;
            case "link":
                Assert.True(await answers.UnsubscribeAsync(new ContactToken(ContactPurpose.Unsubscribe, customer, topic, null)));
                break;
            default:
                // Of an earlier message: its report names the channel.
                await world.Apply.ApplyToAsync(customer, Complaint(customer, channel, runId, world.Clock.Now), mayStart: true);
                break;
        }
    }

    private static string Reason(string way) => way is "import" or "complaint" ? "suppressed" : "topic-off";

    private static CanonicalEvent Complaint(string customer, string channel, string runId, Instant at) => new()
    {
        Id = "complaint-" + runId,
        Source = "provider",
        Type = EventTypes.MessageComplained,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Customer(customer)],
        Data = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("channel", channel)),
    };

    private static CanonicalEvent SignUp(string email, string phone, Instant at) => new()
    {
        Id = "signup-" + email,
        Source = "shopify:shop.example",
        Type = EventTypes.CustomerSignedUp,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email(email)!.Value],
        Data = new EventData.Person
        {
            Email = email,
            Phone = phone,
            Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true).Add("sms/offers", true).Add("push/offers", true),
        },
    };

    private static ProgramText Program(string channel) => new ProgramText()
        .Program("channels: { sms: { url: \"https://sms.example/send\", to: phone }, push: { url: \"https://push.example/send\", to: customer } }")
        .Journey("greet", $$"""
            title: Greeting
            topic: offers
            enter: { event: customer.signed-up }
            steps:
              - { name: mail, send: hello{{(channel == "email" ? "" : ", channel: " + channel)}} }
            """).Templates("hello");

    /// <summary>Does something before the n-th call, and sees whether the claim had committed by then.</summary>
    private sealed class SteppedStore(IDocumentStore store) : PassingStore(store)
    {
        private Func<Task>? _act;
        private int _left;
        private bool _isWatching;
        private bool _isClaimed;
        private bool _wasClaimed;
        private bool _isReached;

        public void At(int call, Func<Task> act) => (_act, _left, _isWatching, _isClaimed, _wasClaimed, _isReached) = (act, call, true, false, false, false);

        public (bool IsReached, bool WasClaimed) End()
        {
            (_act, _isWatching) = (null, false);
            return (_isReached, _wasClaimed);
        }

        public override async ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default)
        {
            await StepAsync();
            return await Inner.ReadAsync(partition, id, cancellation);
        }

        public override async ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
        {
            await StepAsync();
            var outcome = await Inner.CommitAsync(partition, writes, cancellation);
            if (_isWatching && outcome.IsCommitted) _isClaimed |= writes.OfType<DocumentWrite.Replace>().Any(static one =>
                one.Kind == Kinds.Run && Encoding.UTF8.GetString(one.Body.Span).Contains("\"state\":\"claimed\"", StringComparison.Ordinal));
            return outcome;
        }

        private async Task StepAsync()
        {
            if (!_isWatching || _isReached || _left-- > 0) return;
            (_isReached, _wasClaimed) = (true, _isClaimed);
            await _act!();
        }
    }
}
