using System.Text;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Programs;
using Loyalty.Simulation.Html;
using Loyalty.Simulation.Populations;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.Results;

namespace Loyalty.Simulation.Tests.Runs;

public sealed class SimulatorTests
{
    private static readonly GeneratedOptions People = new() { Customers = 150, Days = 60, Seed = 5 };

    private static SimulationInput Input(long seed = 1) =>
        new() { Program = ShippedProgram.Live, Population = new GeneratedPopulation(People), Seed = seed };

    [Fact]
    public void Run_OneThreadOrMany_SameBytes()
    {
        var one = Simulator.Run(Input());
        var again = Simulator.Run(Input());
        var many = Simulator.Run(Input(), threads: 4);
        Assert.Equal(one.Digest(), again.Digest());
        Assert.Equal(one.Digest(), many.Digest());
        Assert.NotEqual(one.Digest(), Simulator.Run(Input(seed: 2)).Digest());
    }

    [Fact]
    public void Run_ShippedProgram_SendsAwardsAndReachesGoals()
    {
        var report = Simulator.Run(Input(), threads: 2);
        Assert.Equal(150, report.Customers);
        Assert.Equal(10, report.Journeys.Length);
        var welcome = Assert.Single(report.Journeys, static one => one.Name == "welcome");
        Assert.Equal(report.Events["customer.signed-up"], welcome.Entered);
        Assert.True(welcome.Goals > 0 && welcome.Outcomes["goal"] > 0);
        Assert.True(report.Withheld["no-consent"] > 0);
        Assert.Equal(report.Sent(), report.SendsPerDay.Sum());
        var granted = report.Points.Where(static one => one.What == "granted").Sum(static one => one.Points);
        Assert.Equal(granted, report.PointsPerDay.Sum());
        Assert.Empty(report.Refused);
    }

    [Fact]
    public void Run_PeopleInside_EveryDayEqualsWhoWaitsThere()
    {
        var report = Simulator.Run(Input());
        foreach (var journey in report.Journeys)
        {
            Assert.All(journey.Steps, static step => Assert.All(step.InsidePerDay, static count => Assert.True(count >= 0)));
            Assert.Equal(journey.StillInside, journey.Steps.Sum(static step => step.InsidePerDay[^1]));
            Assert.Equal(journey.Entered, journey.StillInside + journey.Outcomes.Values.Sum());
        }
    }

    [Fact]
    public void Run_SumOfStories_IsTheReport()
    {
        var input = Input() with { Population = new GeneratedPopulation(People with { Customers = 40 }) };
        var report = Simulator.Run(input);
        var stories = Enumerable.Range(0, 40).Select(number => Simulator.Story(input, number)).ToList();
        Assert.Equal(report.Journeys.Sum(static one => one.Entered), stories.Sum(static one => one.Documents.Values.OfType<RunDocument>().Count()));
        Assert.Empty(LedgerBooks.Check(stories.SelectMany(static one => one.Documents.Values.OfType<LedgerEntry>())));
        Assert.Equal(report.Sent(), stories.Sum(static one => one.Lines.Count(static line => line.What.StartsWith("sent ", StringComparison.Ordinal))));
    }

    /// <summary>A story says that its times are the customer's; so are those within its lines.</summary>
    [Fact]
    public void Story_MomentsWithinALine_AreByTheCustomersClock()
    {
        var story = Enumerable.Range(0, 40).Select(static number => Simulator.Story(Input(), number)).First(static one => one.Lines.Any(static line => line.What.StartsWith("waits until ", StringComparison.Ordinal)));
        var line = story.Lines.IndexOf(story.Lines.First(static line => line.What.StartsWith("waits until ", StringComparison.Ordinal)));
        var due = NodaTime.Text.InstantPattern.ExtendedIso.Parse(story.Lines[line].What["waits until ".Length..]).Value;
        var local = due.InZone(NodaTime.DateTimeZoneProviders.Tzdb[story.Zone]).ToString("uuuu-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal("waits until " + local, story.Told().ElementAt(line).What);
        Assert.Contains("waits until " + local, HtmlReport.Write(story), StringComparison.Ordinal);
        Assert.DoesNotContain(story.Told(), static one => System.Text.RegularExpressions.Regex.IsMatch(one.What + one.Why, @"\d{4}-\d\d-\d\dT\d\d:\d\d"));
    }

    [Fact]
    public void Run_WithoutLogs_DecidesAsTheStoriesThatKeepThem()
    {
        // A story keeps every run's log, a report none: step by step both must have decided the same.
        var input = Input() with { Population = new GeneratedPopulation(People with { Customers = 60 }) };
        var report = Simulator.Run(input);
        var runs = Enumerable.Range(0, 60).SelectMany(number => Simulator.Story(input, number).Documents.Values.OfType<RunDocument>()).ToList();
        Assert.All(runs, static run => Assert.NotEmpty(run.Log));
        foreach (var journey in report.Journeys)
        {
            var own = runs.FindAll(run => run.Run.Journey == journey.Name);
            var results = journey.Steps.SelectMany(static step => step.Results.Select(result => (step.Name, result.Key, result.Value))).ToHashSet();
            var told = own.SelectMany(static run => run.Run.Steps)
                .Where(static step => step.Value.Result is not null)
                .GroupBy(static step => (step.Key, step.Value.Result!))
                .Select(static group => (group.Key.Key, group.Key.Item2, group.LongCount()));
            Assert.Equal(results.Order(), told.Order());
            Assert.Equal(journey.Outcomes, own.Where(static run => run.Run.Outcome is not null)
                .GroupBy(static run => run.Run.Outcome!).ToDictionary(static group => group.Key, static group => group.LongCount()));
        }
    }

    [Fact]
    public void Run_NobodyConsents_NothingIsSent()
    {
        var population = new GeneratedPopulation(People with { AgreeShare = 0 });
        var report = Simulator.Run(Input() with { Population = population });
        Assert.Equal(0, report.Sent());
        Assert.True(report.Withheld["no-consent"] > 0);
    }

    [Fact]
    public void Run_AnswersOff_BranchesThatAnswersTakeAreUntaken()
    {
        var rates = new ResponseRates { Default = new ResponseRate { Answer = 0 } };
        var journey = Simulator.Run(Input() with { Rates = rates }).Journeys.Single(static one => one.Name == "not-bought");
        Assert.Contains("hear-why → in-time", journey.Untaken);
        Assert.Equal(0, journey.Steps.Single(static one => one.Name == "by-reason").Reached);
    }

    [Fact]
    public void Run_AnswersOfEveryReason_TakeEveryBranch()
    {
        var rates = new ResponseRates { Default = new ResponseRate { Answer = 1, Buy = 0 } };
        var population = new GeneratedPopulation(People with { Customers = 500, BuyerShare = 0.1 });
        var journey = Simulator.Run(Input() with { Rates = rates, Population = population }, threads: 2).Journeys.Single(static one => one.Name == "not-bought");
        var reasons = journey.Steps.Single(static one => one.Name == "by-reason").Results;
        Assert.Equal(["choice", "other", "price", "worry"], reasons.Keys);
    }

    [Fact]
    public void Run_ADraftWithoutAStep_SendsLessThanLive()
    {
        var files = ShippedProgram.Files();
        var text = Encoding.UTF8.GetString(files["journeys/welcome.yaml"].Span);
        files["journeys/welcome.yaml"] = Encoding.UTF8.GetBytes(text.Replace("  - name: first-order\n    send: first-order\n    if-late: drop\n", "", StringComparison.Ordinal));
        var load = ProgramLoader.Load(files);
        Assert.NotNull(load.Program);
        var live = Simulator.Run(Input());
        var draft = Simulator.Run(Input() with { Program = load.Program.ToLive() });
        Assert.Equal(live.Journeys.Single(static one => one.Name == "welcome").Entered, draft.Journeys.Single(static one => one.Name == "welcome").Entered);
        Assert.DoesNotContain(draft.Messages, static one => one.Template == "first-order");
        Assert.Contains(live.Messages, static one => one is { Template: "first-order", Sent: > 0 });
    }

    [Fact]
    public void Story_OfSomebody_TellsEventsDecisionsAndWhyNot()
    {
        var input = Input();
        var withheld = Enumerable.Range(0, 100).Select(number => Simulator.Story(input, number))
            .First(static story => story.Lines.Any(static line => line.Why == "no-consent"));
        Assert.Contains(withheld.Lines, static line => line is { Where: "", What: "customer.signed-up" });
        Assert.Contains(withheld.Lines, static line => line is { Where: "welcome", What: "entered" });
        Assert.Contains(withheld.Lines, static line => line is { Where: "points", What: "grant 100 spendable", Why: "sign-up" });
        Assert.Equal(withheld.Lines.OrderBy(static line => line.At), withheld.Lines);
        Assert.Contains("customer.signed-up", HtmlReport.Write(withheld), StringComparison.Ordinal);
    }

    [Fact]
    public void Html_DraftBesideLive_LoadsNothingAndEscapes()
    {
        var report = Simulator.Run(Input());
        var named = report with { Population = "<b>people</b> & others" };
        var html = HtmlReport.Write("A <title>", named, report);
        Assert.DoesNotContain("<b>people</b>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;people&lt;/b&gt; &amp; others", html, StringComparison.Ordinal);
        foreach (var loads in new[] { "http:", "https:", "src=", "url(", "@import", "<script", "<link" })
            Assert.DoesNotContain(loads, html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("prefers-color-scheme:dark", html, StringComparison.Ordinal);
        Assert.Contains("name=\"viewport\"", html, StringComparison.Ordinal);
        Assert.Equal(html, HtmlReport.Write("A <title>", named, report));
    }

    /// <summary>A report that an app has made is read from its JSON and shown as one that was made here.</summary>
    [Fact]
    public void Report_ReadFromJson_KnowsWhichJourneysHaveAGoal()
    {
        var report = Simulator.Run(Input());
        var read = LoyaltyJson.Read<SimulationReport>(LoyaltyJson.Write(report));

        Assert.Equal(report.Journeys.Select(static one => (one.Name, one.HasGoal)), read.Journeys.Select(static one => (one.Name, one.HasGoal)));
        Assert.Equal(HtmlReport.Write("one", report, null), HtmlReport.Write("one", read, null));
    }

    [Theory]
    [InlineData(10, null, null, 0, 0)]
    [InlineData(1, null, null, 5, 3)]
    [InlineData(null, 4, null, 2, 58)]
    [InlineData(null, null, 6, 0, 0)]
    public void Quota_FirstComeFirstServed_DelaysTheRest(int? minute, int? hour, int? day, long delayed, int longest)
    {
        // Three in the first minute, three in the third: at one a minute 2, 3 | 4, 5, 6 of them wait for 1, 2 | 1, 2, 3 minutes.
        var sends = new int[1440];
        (sends[0], sends[2]) = (3, 3);
        var outcome = new SendQuota(minute, hour, day).Delay(sends);
        Assert.Equal(delayed, outcome.Delayed);
        Assert.Equal(longest, outcome.LongestMinutes);
    }
}
