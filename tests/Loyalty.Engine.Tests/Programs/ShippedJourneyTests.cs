using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Programs;
using NodaTime;

namespace Loyalty.Engine.Tests.Programs;

/// <summary>The shipped journeys, walked from end to end by the machine.</summary>
public sealed class ShippedJourneyTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 11, 23, 10, 0);
    private static readonly LoyaltyProgram Program = ProgramLoader.Load(ShippedProgram.Directory).Program!;

    [Fact]
    public void Welcome_NobodyBuys_ThreeLettersThenQuiet()
    {
        var walk = new Walk("welcome", "customer.signed-up");
        walk.Values["customer.points"] = 100;

        Assert.Equal("no-order-yet", walk.ToEnd());
        Assert.Equal(["welcome", "welcome-points", "first-order"], walk.Sent);
    }

    [Fact]
    public void Welcome_FirstOrder_EndsIt()
    {
        var walk = new Walk("welcome", "customer.signed-up");
        walk.Turn();
        walk.Until(Duration.FromDays(2));

        Assert.Equal(RunOutcomes.Goal, walk.Tell("order.paid"));
        Assert.Equal(["welcome"], walk.Sent);
    }

    [Theory]
    [InlineData("price", "why-not-yet,price-bonus,last-call", 300)]
    [InlineData("returns", "why-not-yet,delivery-and-returns,points-waiting,last-call", 200)]
    [InlineData("choice", "why-not-yet,help-to-choose,points-waiting,last-call", 200)]
    [InlineData("weather", "why-not-yet,thank-you-for-telling,points-waiting,last-call", 200)]
    [InlineData(null, "why-not-yet,second-look,points-waiting,last-call", 200)]
    public void NotBought_ByReason_AnswersIt(string? reason, string sent, long points)
    {
        var walk = new Walk("not-bought", "customer.signed-up");
        walk.Turn();
        walk.Until(Duration.FromDays(16));
        if (reason is not null) walk.Tell("feedback.given", ("kind", "reason"), ("reason", reason));

        Assert.Equal("no-purchase", walk.ToEnd());
        Assert.Equal(sent.Split(','), walk.Sent);
        Assert.Equal([points], walk.Effects.OfType<RunEffect.Award>().Select(a => a.Points));
    }

    [Theory]
    [InlineData(10, "how-was-it,invite-a-friend,invite-reminder", "no-friend-yet")]
    [InlineData(8, "how-was-it,thank-you-for-rating", "content")]
    [InlineData(2, "how-was-it,sorry-to-hear", "unhappy")]
    [InlineData(9, "how-was-it,invite-a-friend,invite-reminder", "no-friend-yet")]
    [InlineData(null, "how-was-it", "no-answer")]
    public void Refer_ByRating_InvitesTheHappyOnly(int? rating, string sent, string outcome)
    {
        var walk = new Walk("refer", "order.paid");
        walk.Turn();
        walk.Until(Duration.FromDays(9));
        if (rating is { } mark) walk.Tell("feedback.given", ("kind", "rating"), ("rating", mark));

        Assert.Equal(outcome, walk.ToEnd());
        Assert.Equal(sent.Split(','), walk.Sent);
    }

    [Fact]
    public void Repeat_NobodyOrdersAgain_RemindsTwice()
    {
        var walk = new Walk("repeat", "customer.reorder-due");

        Assert.Equal("did-not-reorder", walk.ToEnd());
        Assert.Equal(["time-to-reorder", "still-need-it"], walk.Sent);
    }

    [Fact]
    public void WinBack_NobodyReturns_ContentThenPointsThenDiscount()
    {
        var walk = new Walk("win-back", "customer.inactive");

        Assert.Equal("did-not-return", walk.ToEnd());
        Assert.Equal(["what-is-new", "we-miss-you", "come-back-offer", "stay-in-touch"], walk.Sent);
        Assert.Equal(300, Assert.Single(walk.Effects.OfType<RunEffect.Award>()).Points);
        Assert.Equal("come-back-10", Assert.Single(walk.Effects.OfType<RunEffect.Offer>()).Code);
        Assert.InRange(walk.Now - Start, Duration.FromDays(65), Duration.FromDays(90));
    }

    [Theory]
    [InlineData("welcome")]
    [InlineData("not-bought")]
    [InlineData("refer")]
    [InlineData("repeat")]
    [InlineData("replenish")]
    [InlineData("win-back")]
    [InlineData("cart")]
    [InlineData("points-expiring")]
    [InlineData("tyres")]
    public void Every_ConsentWithdrawn_LeavesAtOnce(string journey)
    {
        var walk = new Walk(journey, Program.Journeys[journey].Enter.Events[0]);
        walk.Turn();
        walk.Values["customer.consent.offers"] = false;

        Assert.Equal(RunOutcomes.Exit, walk.Tell("customer.consent-changed"));
    }

    /// <summary>Moves a run from moment to moment; every message is sent when its window opens.</summary>
    private sealed class Walk
    {
        private readonly JourneyDefinition _definition;
        private readonly DateTimeZone _zone = Program.Zone;
        private RunState _run;
        private int _told;

        public Walk(string journey, string trigger)
        {
            _definition = Program.Journeys[journey];
            var entry = new Occurrence("entry", trigger, Start, ImmutableDictionary<string, AttributeValue>.Empty);
            _run = new RunState
            {
                RunId = "r",
                CustomerId = "c",
                Journey = journey,
                Version = 1,
                KeyValue = "c",
                Entry = entry,
                EnteredAt = Start,
            };
        }

        public Instant Now { get; private set; } = Start;

        public Dictionary<string, AttributeValue> Values { get; } = new() { ["customer.orders"] = 0 };

        public List<RunEffect> Effects { get; } = [];

        public IEnumerable<string> Sent => Effects.OfType<RunEffect.Send>().Select(s => s.Template);

        public string? Turn(params RunSignal[] inbox)
        {
            var decision = JourneyMachine.Decide(new TurnInput(
                _definition, _run, [.. inbox], new AttributeFunction(p => Values.GetValueOrDefault(p, AttributeValue.None)), _zone, Now));
            _run = decision.Run;
            Effects.AddRange(decision.Effects);
            return _run.Outcome;
        }

        public string? Tell(string type, params (string Name, AttributeValue Value)[] values) =>
            Turn(new RunSignal.Occurred(new Occurrence($"e{_told++}", type, Now, values.ToImmutableDictionary(v => v.Name, v => v.Value))));

        public void Until(Duration afterStart)
        {
            while (!_run.IsFinished && Next() <= Start + afterStart) Step();
            Now = Instant.Max(Now, Start + afterStart);
        }

        public string? ToEnd()
        {
            Turn();
            for (var i = 0; i < 100 && !_run.IsFinished; i++) Step();
            return _run.Outcome;
        }

        private Instant Next() => _run.Position!.DueAt ?? Effects.OfType<RunEffect.Send>().Last().NotBefore ?? Now;

        private void Step()
        {
            Now = Instant.Max(Now, Next());
            var at = _run.Position!;
            var isOffer = _definition.Index.Find(at.Step)?.Step is JourneyStep.Offer;
            if (at.DueAt is null) Turn(new RunSignal.StepSettled(at.Step, at.Visit, isOffer ? StepResults.Issued : StepResults.Sent, null, Now));
            else Turn();
        }
    }
}
