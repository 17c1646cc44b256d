using static Loyalty.Engine.Programs.SyntaxKind;

namespace Loyalty.Engine.Programs;

/// <summary>The journey language as a table: the loader takes its keys from here, and the JSON Schema for editors is written from here.</summary>
internal static class JourneySyntax
{
    private static readonly SyntaxKey Days = new("days", Weekdays, "Weekdays of the customer's calendar.");
    private static readonly SyntaxKey OnDates = new("dates", Dates, "Days of the year, as month-day in quotes.");
    private static readonly SyntaxKey When = new("when", Condition, "Must hold.");
    private static readonly SyntaxKey Event = new("event", Texts, "An event type, or a list of types.");
    private static readonly SyntaxKey IfLate = new("if-late", Lateness, "What lateness (outage, pause, backlog) does to the step.");
    private static readonly SyntaxKey With = new("with", Formulas, "Values by name, each a formula.");
    private static readonly SyntaxKey TooLate = new("too-late", Steps, "Steps when it came too late.");

    public static SyntaxGroup Each { get; } = new(
        "each", [Days, OnDates, new("at", Clock, "The clock time.") { IsRequired = true }]);

    public static SyntaxGroup Enter { get; } = new("enter",
    [
        new("event", Texts, "What starts a run: an event type, or a list of types."),
        new("audience", Condition, "Everybody for whom it holds at the start."),
        new("at", Text, "When an audience enters, once: date and clock time of the program's zone."),
        new("each", Group, "When an audience enters, again and again.") { Group = Each },
        new("manual", Flag, "May be started by hand or by another journey."),
        new("with", Types, "Of a manual start: what it brings as entry.NAME, with its type."),
        new("when", Condition, "Must hold at the trigger."),
        new("key", Text, "What tells the runs of one customer apart: customer, asset, or an attribute of the trigger."),
        new("again", Again, "Whether the same key may enter again."),
        new("if-inside", Words, "What a trigger does while a run of its key lives.") { Words = ["ignore", "restart", "refresh"] },
        new("max-age", Duration, "An older trigger starts nothing."),
    ]);

    public static SyntaxGroup Goal { get; } = new("goal",
    [
        Event with { IsRequired = true },
        When,
        new("within", Duration, "From the entry (or the start of the pass).") { IsRequired = true },
        new("ends-run", Flag, "The run ends when the goal is reached."),
        new("per", Words, "Once in a run, or once in each pass of a repeat.") { Words = ["run", "pass"] },
    ]);

    public static SyntaxGroup Exit { get; } = new("exit",
    [
        Event,
        When,
        new("outcome", Name, "How the run then ended."),
        new("revoke", Flag, "Takes back this run's awards and unused codes."),
    ]);

    public static SyntaxGroup SendWindow { get; } = new("send-window",
    [
        Days,
        new("from", Clock, "The first clock time inside.") { IsRequired = true },
        new("to", Clock, "The first clock time outside; may be before from: the window crosses midnight.") { IsRequired = true },
    ]);

    public static SyntaxGroup Journey { get; } = new("journey",
    [
        new("journey", Name, "The journey's name, that of its file.") { IsRequired = true },
        new("title", Text, "For people."),
        new("stage", Words, "Where in the customer's life it belongs.") { Words = ["attract", "not-bought", "refer", "repeat", "service"] },
        new("about", Words, "Whom a run is about.") { Words = ["customer", "account"] },
        new("topic", Name, "The consent topic of its marketing messages."),
        new("enter", Group, "Who enters, and when.") { Group = Enter, IsRequired = true },
        new("holdout", Percent, "The share that gets nothing and is measured."),
        new("salt", Text, "What holdout and splits draw by, so that a renamed journey keeps its arms."),
        new("goal", Group, "What the journey is for.") { Group = Goal },
        new("exit", Groups, "What ends a run early.") { Group = Exit },
        new("send-window", Group, "When marketing messages may go, by the customer's clock.") { Group = SendWindow },
        new("steps", Steps, "What happens, in order.") { IsRequired = true },
    ]);

    public static SyntaxGroup Wait { get; } = new("wait",
    [
        new("until", Until, "A clock time, weekdays, days of the year, or a date such as customer.birthday - 7d.") { IsRequired = true },
        new("at", Clock, "The clock time on that day."),
        Days,
        OnDates,
        new("not-before", Duration, "Not sooner than this long after the step began."),
    ]);

    public static SyntaxGroup AnyCase { get; } = new("any",
    [
        new("case", Name, "The case's name.") { IsRequired = true }, Event, When, new("steps", Steps, "Steps of this case."),
    ]);

    public static SyntaxGroup WaitFor { get; } = new("wait-for",
    [
        Event,
        new("any", Groups, "Several cases; the earliest event wins.") { Group = AnyCase },
        When,
        new("since", Name, "The step after whose start it must have occurred, or entry."),
        new("of", Name, "Only events about the message of this step."),
        new("up-to", Duration, "The limit.") { IsRequired = true },
    ]);

    public static SyntaxGroup Case { get; } = new("case",
    [
        new("case", Name, "The case's name.") { IsRequired = true },
        When,
        new("otherwise", Flag, "Holds where no case before it does."),
        new("steps", Steps, "Its steps.") { IsRequired = true },
    ]);

    public static SyntaxGroup Arm { get; } = new("arm",
    [
        new("arm", Name, "The arm's name.") { IsRequired = true },
        new("share", Percent, "Its share.") { IsRequired = true },
        new("steps", Steps, "Its steps.") { IsRequired = true },
    ]);

    public static SyntaxGroup Outcome { get; } = new("outcome",
    [
        new("outcome", Name, "How the task can end.") { IsRequired = true }, new("steps", Steps, "Steps for then."),
    ]);

    public static SyntaxGroup Repeat { get; } = new("repeat",
    [
        new("at-most", Integer, "Passes at most.") { IsRequired = true, Range = (1, MaxPasses) },
        new("while", Condition, "Asked before each pass."),
        new("every", Duration, "From start to start."),
        new("steps", Steps, "One pass.") { IsRequired = true },
    ]);

    public static SyntaxGroup Role { get; } = new("role",
    [
        new("role", Name, "The contact's role.") { IsRequired = true }, new("steps", Steps, "Steps for this contact.") { IsRequired = true },
    ]);

    public static SyntaxGroup Reroute { get; } = new("reroute",
    [
        Event with { IsRequired = true }, When, new("steps", Steps, "Steps for then.") { IsRequired = true },
    ]);

    public static SyntaxGroup Contacts { get; } = new("contacts",
    [
        new("roles", Groups, "The contacts, by role.") { Group = Role, IsRequired = true },
        new("stop-all-when", Condition, "Ends all of them."),
        new("reroute", Groups, "What an event of one does to it.") { Group = Reroute },
        new("until", Words, "Goes on when all are through, or any.") { Words = ["all", "any"] },
        new("up-to", Duration, "The limit.") { IsRequired = true },
    ]);

    /// <summary>Steps, cases, arms and outcomes of a journey, at most.</summary>
    public const int MaxParts = 1000;

    /// <summary>Lists of steps inside each other, at most.</summary>
    public const int MaxLevels = 12;

    /// <summary>Passes of a repeat, at most.</summary>
    public const int MaxPasses = 200;

    /// <summary>Every step type, in the order of the documentation.</summary>
    public static IReadOnlyList<SyntaxStep> StepTypes { get; } =
    [
        new(new("wait", TextOrGroup, "A duration, or until: a moment.") { Group = Wait }, [TooLate]),
        new(new("wait-for", Group, "Waits for an event.") { Group = WaitFor }, [new("in-time", Steps, "Steps when it came."), TooLate]),
        new(new("send", Name, "One message: a template."),
        [
            With,
            new("channel", Name, "How it goes: email, or a channel of program.yaml."),
            new("topic", Name, "Its consent topic; default: the journey's."),
            new("class", Words, "Transactional messages need no consent and wait for no window.") { Words = ["marketing", "transactional"] },
            new("priority", Words, "Which of several waiting messages goes first.") { Words = ["low", "normal", "high"] },
            new("give-up", Duration, "How long it is tried."),
            new("if-not-now", Words, "What quiet hours, caps, budget and quota do to it.") { Words = ["wait", "drop"] },
            IfLate,
            new("not-sent", Steps, "Steps when it was withheld or expired."),
        ]),
        new(new("choose", Groups, "The first case that holds.") { Group = Case }, []),
        new(new("split", Groups, "Sticky weighted arms.") { Group = Arm },
        [
            new("by", Words, "Drawn once for the customer, or for each run.") { Words = ["customer", "run"] },
            new("adaptive", Flag, "The arm that reaches the goal more often is given more often."),
        ]),
        new(new("award", Formula, "Points: a number or a formula."),
        [
            new("wallet", Name, "The point type."),
            new("expires", Duration, "When the points end."),
            new("reason", Text, "For the person and the explanation."),
            IfLate,
            new("refused", Steps, "Steps when it was refused."),
        ]),
        new(new("offer", Name, "A single-use code of an offer."),
        [
            new("valid", Duration, "How long the code can be used."),
            IfLate,
            new("sold-out", Steps, "Steps when none is left."),
            new("failed", Steps, "Steps when no code could be made."),
        ]),
        new(new("task", Name, "Work for a person: its queue."),
        [
            new("script", Text, "What to do or say."),
            new("due", Duration, "When it is overdue.") { IsRequired = true },
            With,
            new("outcomes", Groups, "How it can end.") { Group = Outcome, IsRequired = true },
            TooLate,
            IfLate,
        ]),
        new(new("set", Formulas, "customer.facts.NAME, customer.tags.NAME or an attribute, with its new value."), []),
        new(new("emit", Text, "An event of the program's own."), [With]),
        new(new("webhook", Name, "Calls an endpoint of program.yaml."),
        [
            With, new("give-up", Duration, "How long it is tried."), new("failed", Steps, "Steps when it failed."),
        ]),
        new(new("start", Name, "Starts another journey for the same customer."), [With]),
        new(new("repeat", Group, "The same steps again.") { Group = Repeat }, []),
        new(new("contacts", Group, "Of an account: one list of steps for each contact.") { Group = Contacts }, [new("missing-role", Steps, "Steps when a role has no contact.")]),
        new(new("end", Name, "Ends the run with an outcome."), []),
    ];
}
