using Loyalty.Core.Calendars;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Programs;
using NodaTime;

namespace Loyalty.Engine.Tests.Programs;

public sealed class JourneyLoaderTests
{
    [Fact]
    public void Load_WholeJourney_ReadsEveryPart()
    {
        var journey = Shop.Journey("""
            journey: trial
            title: A trial
            stage: not-bought
            about: customer
            topic: offers
            enter:
              event: [customer.signed-up, order.paid]
              when: customer.orders = 0 and entry.nth is empty
              key: event.cart-id
              again: after 90d
              if-inside: refresh
              max-age: 2d
            holdout: 10%
            salt: same
            goal: { event: order.paid, when: event.total > 10 EUR, within: 2y, ends-run: true }
            exit:
              - when: customer.consent.offers = false
              - { event: club.joined, when: event.level > 2, outcome: joined }
            send-window: { days: [mon, tue], from: "22:00", to: "02:00" }
            steps:
              - { name: w, wait: 2d }
              - { name: hi, send: hello, if-late: spread-over 4h, give-up: 2d, not-sent: [ { name: no, end: unreached } ] }
              - name: hear
                wait-for: { event: feedback.given, since: hi, when: "event.kind = 'reason'", up-to: 3d }
                in-time:
                  - name: by
                    choose:
                      - { case: price, when: "event.reason = 'price'", steps: [ { name: gift, award: 500, wallet: spendable, reason: why, expires: 14d } ] }
                      - { case: other, otherwise: true, steps: [ { name: thanks, send: hello, topic: offers } ] }
                too-late:
                  - { name: p, send: points, with: { points: customer.points } }
              - name: arms
                split:
                  - { arm: a, share: 33.5%, steps: [ { name: a1, wait: 1h } ] }
                  - { arm: b, share: 66.5%, steps: [ { name: b1, wait: { until: "10:00", days: [sat], not-before: 1w } } ] }
              - { name: season, wait: { until: ['03-15', '02-29'], at: "08:00" } }
              - { name: party, wait: { until: customer.birthday - 7d, at: "09:00" } }
              - { name: expected, wait: { until: customer.next-order-at + 2d }, too-late: [ { name: never, wait: 1d } ] }
              - name: loop
                repeat: { at-most: 3, while: customer.orders = 0, every: 6mo, steps: [ { name: again, wait: 1d } ] }
              - name: first-of
                wait-for:
                  any:
                    - { case: paid, event: order.paid, steps: [ { name: yes, end: bought } ] }
                    - { case: clicked, event: message.clicked, when: customer.orders >= 0 }
                  of: hi
                  up-to: 1d
              - { name: done, end: no-purchase }
            """);

        Assert.Equal((0.1m, "same", "not-bought"), (journey.Holdout, journey.Salt, journey.Stage));
        Assert.Equal(new GoalRule(["order.paid"], journey.Goal!.When, new CalendarDuration(2, CalendarUnit.Years), true) with { Events = journey.Goal.Events }, journey.Goal);
        Assert.Equal(new SendWindow(Weekdays.Monday | Weekdays.Tuesday, new LocalTime(22, 0), new LocalTime(2, 0)), journey.SendWindow);
        Assert.Equal((IfInside.Refresh, "event.cart-id", new AgainRule.AfterEntry(CalendarDuration.Days(90))), (journey.Enter.IfInside, journey.Enter.Key, journey.Enter.Again));
        Assert.Equal("joined", journey.Exits[1].Outcome);
        Assert.Equal(
            ["w", "hi", "no", "hear", "by", "gift", "thanks", "p", "arms", "a1", "b1", "season", "party", "expected", "never", "loop", "again", "first-of", "yes", "done"],
            journey.Index.InOrder.Select(p => p.Step.Name));
        var season = Assert.IsType<WaitRule.Until>(Assert.IsType<JourneyStep.Wait>(journey.Index.Find("season")!.Step).Rule);
        Assert.Equal([new AnnualDate(3, 15), new AnnualDate(2, 29)], season.Rule.Dates.ToArray());
        Assert.Equal(
            new WaitRule.Date("customer.birthday", true, CalendarDuration.Days(7), true, new LocalTime(9, 0), null),
            Assert.IsType<JourneyStep.Wait>(journey.Index.Find("party")!.Step).Rule);
        Assert.Equal((LateAction.SpreadOver, CalendarDuration.Hours(4)), (Hi(journey).IfLate.Action, Hi(journey).IfLate.Span));
    }

    private static JourneyStep.Send Hi(JourneyDefinition journey) => Assert.IsType<JourneyStep.Send>(journey.Index.Find("hi")!.Step);

    [Theory]
    [InlineData("  - { name: a, wait: 0d }", "5:22", FindingCodes.BadTime, "above zero")]
    [InlineData("  - { name: a, wait: soon }", "5:22", FindingCodes.BadTime, "3d")]
    [InlineData("  - { name: a, wiat: 1d }", "5:16", FindingCodes.UnknownStep, "did you mean 'wait'?")]
    [InlineData("  - { name: a, wait: 1d, uptil: 2d }", "5:26", FindingCodes.UnknownKey, "known: name, wait, too-late")]
    [InlineData("  - { wait: 1d }", "5:5", FindingCodes.Missing, "add name:")]
    [InlineData("  - { name: Big, wait: 1d }", "5:13", FindingCodes.BadName, "small letter")]
    [InlineData("  - { name: a, wait: 1d, send: hello }", "5:5", FindingCodes.UnknownStep, "a step of each")]
    [InlineData("  - { name: a }", "5:5", FindingCodes.UnknownStep, "add one of")]
    [InlineData("  - just text", "5:5", FindingCodes.WrongType, "- name: NAME")]
    [InlineData("  - { name: a, offer: ten-percent }", "5:23", FindingCodes.UnknownOffer, "nothing is known")]
    [InlineData("  - { name: a, webhook: crm }", "5:25", FindingCodes.UnknownEndpoint, "nothing is known")]
    [InlineData("  - { name: a, emit: order.paid }", "5:22", FindingCodes.UnknownEvent, "declare it under events")]
    [InlineData("  - { name: a, start: nowhere }", "5:23", FindingCodes.UnknownJourney, "known: trial")]
    [InlineData("  - { name: a, start: trial }", "5:23", FindingCodes.UnknownJourney, "manual: true")]
    [InlineData("  - { name: a, set: { customer.points: '5' } }", "5:23", FindingCodes.UnknownFact, "customer.")]
    [InlineData("  - { name: a, set: { customer.country: customer.orders } }", "5:41", FindingCodes.BadCondition, "a text")]
    [InlineData("  - { name: a, set: {} }", "5:21", FindingCodes.BadValue, "add")]
    [InlineData("  - { name: a, task: desk, outcomes: [ { outcome: done } ] }", "5:5", FindingCodes.NoLimit, "due")]
    [InlineData("  - { name: a, task: desk, due: 1d, outcomes: [ { outcome: too-late } ] }", "5:60", FindingCodes.DuplicateName, "name of its own")]
    [InlineData("  - { name: a, contacts: { roles: [ { role: boss, steps: [ { name: b, end: x } ] } ], up-to: 3d } }", "5:5", FindingCodes.NotSupported, "a journey about the customer (about: customer)")]
    [InlineData("  - { name: a, split: [ { arm: x, share: 100%, steps: [ { name: b, end: y } ] } ], adaptive: true }", "5:94", FindingCodes.Missing, "goal")]
    [InlineData("  - { name: a, send: helo }", "5:22", FindingCodes.UnknownTemplate, "did you mean 'hello'?")]
    [InlineData("  - { name: a, send: hello, topic: ofers }", "5:36", FindingCodes.UnknownTopic, "did you mean 'offers'?")]
    [InlineData("  - { name: a, send: points }", "5:22", FindingCodes.TemplateVariable, "add with: { points: … }")]
    [InlineData("  - { name: a, send: hello, if-late: maybe }", "5:38", FindingCodes.BadValue, "only-within 3d")]
    [InlineData("  - { name: a, award: 5 EUR }", "5:23", FindingCodes.BadCondition, "a number")]
    [InlineData("  - { name: a, award: 0 }", "5:23", FindingCodes.BadValue, "at least 1")]
    [InlineData("  - { name: a, award: 5, wallet: spendible }", "5:34", FindingCodes.UnknownWallet, "did you mean 'spendable'?")]
    [InlineData("  - { name: a, wait-for: { event: order.paid } }", "5:26", FindingCodes.NoLimit, "add up-to:")]
    [InlineData("  - { name: a, wait-for: { up-to: 3d } }", "5:26", FindingCodes.Missing, "add event: TYPE")]
    [InlineData("  - { name: a, wait-for: { event: order.payed, up-to: 3d } }", "5:35", FindingCodes.UnknownEvent, "did you mean 'order.paid'?")]
    [InlineData("  - { name: a, wait-for: { event: order.paid, since: b, up-to: 3d } }", "5:54", FindingCodes.UnknownStep, "known: a")]
    [InlineData("  - { name: a, repeat: { steps: [ { name: b, wait: 1d } ] } }", "5:24", FindingCodes.NoLimit, "add at-most:")]
    [InlineData("  - { name: a, repeat: { at-most: 0, steps: [ { name: b, wait: 1d } ] } }", "5:35", FindingCodes.WrongType, "from 1 to 200")]
    [InlineData("  - { name: a, split: [ { arm: b, share: 60%, steps: [ { name: c, wait: 1d } ] } ] }", "5:23", FindingCodes.BadShares, "100%")]
    [InlineData("  - { name: a, choose: [ { case: b, steps: [ { name: c, wait: 1d } ] } ] }", "5:26", FindingCodes.BadValue, "write one of them")]
    [InlineData("  - { name: a, choose: [ { case: b, when: customer.ordres = 1, steps: [ { name: c, wait: 1d } ] } ] }", "5:43", FindingCodes.BadCondition, "did you mean customer.orders?")]
    [InlineData("  - { name: a, choose: [ { case: b, when: steps.z.points = 1, steps: [ { name: c, wait: 1d } ] } ] }", "5:43", FindingCodes.BadCondition, "known here")]
    [InlineData("  - { name: a, wait: { until: customer.next-order-at } }", "5:5", FindingCodes.Missing, "add too-late:")]
    [InlineData("  - { name: a, wait: { until: customer.orders } }", "5:31", FindingCodes.BadTime, "customer.birthday - 7d")]
    [InlineData("  - { name: a, wait: { until: \"25:00\" } }", "5:31", FindingCodes.BadTime, "09:00")]
    [InlineData("  - { name: a, wait: { until: \"10:00\", days: [mun] } }", "5:47", FindingCodes.BadTime, "did you mean")]
    [InlineData("  - { name: a, wait: { until: ['13-45'] } }", "5:32", FindingCodes.BadTime, "03-15")]
    [InlineData("  - { name: a, end: done }\n  - { name: b, wait: 1d }", "6:5", FindingCodes.Unreachable, "before the end")]
    [InlineData("  - { name: a, repeat: { at-most: 3, steps: [ { name: c, end: done } ] } }\n  - { name: b, wait: 1d }", "6:5", FindingCodes.Unreachable, "before the end")]
    [InlineData("  - { name: a, wait: 1d }\n  - { name: a, wait: 1d }", "6:13", FindingCodes.DuplicateName, "a name of its own")]
    [InlineData("  - { name: a, wait: 1d }\n  - { name: b, choose: [ { case: a, otherwise: true, steps: [ { name: c, wait: 1d } ] } ] }", "6:34", FindingCodes.DuplicateName, "each step, case and arm")]
    public void Load_Mistakes_SayWhereAndWhat(string steps, string place, string code, string remedy)
    {
        var load = Shop.Steps(steps);

        var finding = load.Findings.FirstOrDefault(f => f.Code == code);
        Assert.True(finding is not null, string.Join('\n', load.Findings));
        Assert.Equal(("journeys/trial.yaml", place), (finding.File, $"{finding.Line}:{finding.Column}"));
        Assert.Contains(remedy, finding.Remedy, StringComparison.Ordinal);
        Assert.Null(load.Program);
        Assert.Single(load.Findings);
    }

    [Theory]
    [InlineData("journey: trial\ntopic: offers\nenter: { event: customer.signed-up }\nholdout: 10%\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.BadHoldout)]
    [InlineData("journey: trial\nenter: { event: customer.signed-up }\nholdout: 10%\ngoal: { event: order.paid, within: 9d }\nsteps: [ { name: a, send: hello, class: transactional } ]", FindingCodes.BadHoldout)]
    [InlineData("journey: trial\nenter: { event: customer.signed-up }\nsteps: [ { name: a, send: hello } ]", FindingCodes.NoTopic)]
    [InlineData("journey: other\nenter: { event: customer.signed-up }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.BadName)]
    [InlineData("journey: trial\nenter: { event: customer.signed-up }\nsend-window: { from: \"09:00\", to: \"09:00\" }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.EmptyWindow)]
    [InlineData("journey: trial\nenter: {}\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.Missing)]
    [InlineData("journey: trial\nenter: { audience: customer.orders > 3, event: order.paid }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.BadValue)]
    [InlineData("journey: trial\nenter: { audience: customer.orders > 3, when: customer.points > 3 }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.BadValue)]
    [InlineData("journey: trial\nenter: { audience: customer.orders > 3, at: \"10:00\" }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.BadTime)]
    [InlineData("journey: trial\nenter: { audience: customer.orders > 3, each: { at: \"10:00\" } }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.Missing)]
    [InlineData("journey: trial\nenter: { event: order.paid, with: { x: text } }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.BadValue)]
    [InlineData("journey: trial\nenter: { manual: true, with: { x: txt } }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.WrongType)]
    [InlineData("journey: trial\nenter: { event: customer.signed-up, key: event.cart-id }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.BadValue)]
    [InlineData("journey: trial\nenter: { event: customer.signed-up, again: sometimes }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.BadValue)]
    [InlineData("journey: trial\nenter: { event: customer.signed-up }\ngoal: { event: order.paid }\nsteps: [ { name: a, wait: 1d } ]", FindingCodes.Missing)]
    [InlineData("journey: trial\nenter: { event: customer.signed-up }\nsteps: []", FindingCodes.BadValue)]
    [InlineData("journey: trial\nenter: { event: customer.signed-up }", FindingCodes.Missing)]
    [InlineData("- a\n- b", FindingCodes.WrongType)]
    public void Load_MistakesOfTheWhole_AreFound(string journey, string code)
    {
        var load = Shop.Load(journey);

        Assert.Equal(code, Assert.Single(load.Findings).Code);
        Assert.Null(load.Program);
    }

    [Fact]
    public void Load_ManyMistakes_AllAtOnce()
    {
        var load = Shop.Load("""
            journey: trial
            topik: offers
            enter: { event: customer.signd-up, when: customer.orders = 'x' }
            exit: [ { when: customer.consent.ofers = false } ]
            steps:
              - { name: a, wait: 0d }
              - { name: a, send: nope, topic: offers }
              - { name: c, wait-for: { event: order.paid } }
            """);

        Assert.Equal(
            ["2:1", "3:17", "3:58", "4:17", "6:22", "7:13", "7:22", "8:26"],
            load.Findings.Select(f => $"{f.Line}:{f.Column}"));
    }

    [Fact]
    public void Load_TwoSendsTogether_IsAWarningOnly()
    {
        var load = Shop.Steps("  - { name: a, send: hello }\n  - { name: b, send: hello }");

        Assert.Equal((FindingSeverity.Warning, FindingCodes.SendsTogether), (Assert.Single(load.Findings).Severity, load.Findings[0].Code));
        Assert.NotNull(load.Program);
    }

    [Fact]
    public void Load_MisspeltWaitBetweenTwoSends_IsToldAloneWithoutAWarningOfTheSends()
    {
        var load = Shop.Steps("  - { name: one, send: hello }\n  - { name: rest, wiat: 1d }\n  - { name: two, send: hello }");

        var finding = Assert.Single(load.Findings);
        Assert.Equal((FindingCodes.UnknownStep, 6), (finding.Code, finding.Line));
    }

    [Fact]
    public void Load_GoalShorterThanTheWaits_IsAWarning()
    {
        var load = Shop.Load(Shop.Head + "\ngoal: { event: order.paid, within: 5d }\nsteps:\n  - { name: a, wait: 4d }\n  - { name: b, wait: 2d }");

        Assert.Equal(FindingCodes.ShortGoal, Assert.Single(load.Findings).Code);
        Assert.NotNull(load.Program);
    }

    [Theory]
    [InlineData("order.paid, within: 5d, per: pass", "  - { name: a, wait: 1d }", FindingCodes.BadValue)]
    [InlineData("order.paid, within: 1d, per: pass", "  - { name: a, repeat: { at-most: 3, every: 9d, steps: [ { name: b, wait: 2d } ] } }", FindingCodes.ShortGoal)]
    [InlineData("order.paid, within: 5d, per: pass", "  - { name: a, repeat: { at-most: 3, every: 9d, steps: [ { name: b, wait: 2d } ] } }", null)]
    public void Load_GoalOfEachPass_IsMeasuredByThePass(string goal, string steps, string? code)
    {
        var load = Shop.Load($"{Shop.Head}\ngoal: {{ event: {goal} }}\nsteps:\n{steps}");

        Assert.Equal(code, load.Findings.SingleOrDefault()?.Code);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("5 / 0")]
    [InlineData("5 - 9")]
    [InlineData("999999999999999 * 9")]
    public void Load_AwardThatIsNoneForAnybody_IsFound(string points)
    {
        var finding = Assert.Single(Shop.Steps($"  - {{ name: a, award: {points} }}").Findings);

        Assert.Equal((FindingCodes.BadValue, 5), (finding.Code, finding.Line));
        Assert.Contains($"an award of {points} is none", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  - { name: a, wait: 2d\n  - { name: b, wait: 1d }", 5)]
    [InlineData("  - name: a\n    wait: [ 2d\n  - { name: b, wait: 1d }\n", 6)]
    [InlineData("  - name: a\n    wait: 2d\n\t- { name: b, wait: 1d }", 7)]
    public void Load_BrokenYaml_IsToldWhereItBreaks(string steps, int line)
    {
        var finding = Assert.Single(Shop.Steps(steps).Findings);

        Assert.Equal((FindingCodes.Syntax, line), (finding.Code, finding.Line));
        Assert.DoesNotContain("object", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ProgramThatCannotBeRead_IsToldAlone()
    {
        var load = Shop.Load(
            Shop.Head.Replace("customer.signed-up }", "club.joined, when: event.level > 1 }", StringComparison.Ordinal) + "\nsteps:\n  - { name: a, send: hello }", program: "\n");

        Assert.Equal(("program.yaml", FindingCodes.Missing), (load.Findings[0].File, Assert.Single(load.Findings).Code));
    }

    [Fact]
    public void Load_CommentBehindACondition_IsFound()
    {
        var load = Shop.Load("journey: trial\nenter:\n  event: customer.signed-up\n  when: customer.orders = 0 # new ones only\nsteps: [ { name: a, wait: 1d } ]");

        Assert.Equal((FindingCodes.HiddenComment, 4), (Assert.Single(load.Findings).Code, load.Findings[0].Line));
    }

    [Fact]
    public void Load_EventOutsideItsBranch_IsUnknown()
    {
        var load = Shop.Steps("""
              - { name: a, wait-for: { event: feedback.given, up-to: 3d } }
              - { name: b, choose: [ { case: c, when: event.reason = 'price', steps: [ { name: d, wait: 1d } ] } ] }
            """);

        Assert.Equal(FindingCodes.BadCondition, Assert.Single(load.Findings).Code);
    }

    [Fact]
    public void Load_WordsThatOtherYamlTurnsIntoSomethingElse_StayText()
    {
        var journey = Shop.WithSteps("  - { name: on, wait: 1d }\n  - { name: no, choose: [ { case: y, when: \"customer.country = 'NO'\", steps: [ { name: off, end: yes } ] } ] }");

        Assert.Equal(["on", "no", "off"], journey.Index.InOrder.Select(p => p.Step.Name));
    }
}
