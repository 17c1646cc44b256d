using Loyalty.Core.Contact;
using Loyalty.Core.Referrals;
using static Loyalty.Engine.Programs.SyntaxKind;

namespace Loyalty.Engine.Programs;

/// <summary>program.yaml as a table: the loader takes its keys from here, and the JSON Schema for editors is written from here.</summary>
internal static class ProgramSyntax
{
    private const int Most = 1_000_000_000;

    private static readonly SyntaxKey From = new("from", Date, "The first day, from midnight of the program's zone.");
    private static readonly SyntaxKey Until = new("until", Date, "The day before which it ends.");
    private static readonly SyntaxKey Wallet = new("wallet", Name, "The point type.");
    private static readonly SyntaxKey Per = new("per", Words, "In which time.") { Words = ["day", "week", "month"], IsRequired = true };

    public static SyntaxGroup Sender { get; } = new("sender",
    [
        new("name", Text, "As people see it.") { IsRequired = true }, new("address", Text, "The e-mail address.") { IsRequired = true, Pattern = "@" },
    ]);

    public static SyntaxGroup Titled { get; } = new("topic", [new("title", Text, "As people see it.") { IsRequired = true }]);

    public static SyntaxGroup WalletGroup { get; } = new("wallet",
    [
        new("returns", Words, "What a return does that comes after the points were spent.") { Words = ["only-pending", "within-balance", "negative"] },
        new("cost", Money, "What a point costs you."),
    ]);

    public static SyntaxGroup Goods { get; } = new("goods",
    [
        new("skus", Texts, "Articles."), new("categories", Texts, "Categories."), new("labels", Texts, "Labels of lines."),
    ])
    { IsNotEmpty = true };

    public static SyntaxGroup Band { get; } = new("band",
    [
        new("from", Choice, "The least amount.") { IsRequired = true, Choices = [new("zero", Text, "") { Pattern = "^0$" }, new("money", Money, ""), new("number", Integer, "") { Range = (0, 0) }] },
        new("points", Integer, "Points for the whole band.") { Range = (0, Most) },
        new("per-amount", Number, "Points per unit of the currency."),
    ])
    { ExactlyOne = [["points", "per-amount"]] };

    public static SyntaxGroup Active { get; } = new("active",
    [
        new("after-payment", Days, "So long after the payment."), new("after-fulfilment", Days, "So long after everything was sent."), new("at-latest", Days, "So long after the payment at the latest."),
    ])
    { ExactlyOne = [["after-payment", "after-fulfilment"]] };

    public static SyntaxGroup Expires { get; } = new("expires",
    [
        new("end-of", Words, "The end of the period in which they were given.") { Words = ["month", "quarter", "year"] },
        new("later", Integer, "So many periods later.") { Range = (0, 100) },
        new("sliding", Days, "So long after the last activity."),
    ])
    { ExactlyOne = [["end-of", "sliding"]] };

    public static SyntaxGroup Hours { get; } = new("hours",
    [
        new("days", Weekdays, "Weekdays."), new("from", Clock, "From."), new("to", Clock, "To; may lie before from: across midnight."),
    ]);

    public static SyntaxGroup Cap { get; } = new("cap",
    [
        new("event", Integer, "Points of one event.") { Range = (1, Most) },
        new("day", Integer, "Points of one customer in a day.") { Range = (1, Most) },
        new("month", Integer, "In a month.") { Range = (1, Most) },
        new("lifetime", Integer, "Ever.") { Range = (1, Most) },
        new("budget", Integer, "Points of all customers.") { Range = (1, Most) },
    ]);

    private static readonly SyntaxKey ExpiresKey = new("expires", Choice, "When the points end.")
    {
        Choices = [new("never", Words, "") { Words = ["never"] }, new("days", Days, ""), new("rule", Group, "") { Group = Expires }],
    };

    public static SyntaxGroup Rule { get; } = new("earning",
    [
        new("rule", Name, "The rule's name.") { IsRequired = true },
        new("event", Text, "What earns: order.paid, customer.signed-up, or another event.") { IsRequired = true },
        Wallet,
        new("points", Formula, "A number; for events other than orders and sign-ups also a formula."),
        new("per-amount", Number, "Points per unit of the currency."),
        new("bands", Groups, "Points by the order's amount.") { Group = Band },
        new("per-unit", Integer, "Points for each article.") { Range = (1, Most) },
        new("multiply", Number, "Times what other rules give."),
        new("of", Texts, "The rules that are multiplied; default all."),
        new("base", Words, "What of the order counts.") { Words = ["net", "gross"] },
        new("minimum", Money, "Of the order."),
        new("nth-order", Integer, "Only the customer's n-th order.") { Range = (1, 1_000_000) },
        new("every-nth-order", Integer, "Every n-th order.") { Range = (2, 1_000_000) },
        From,
        Until,
        new("when", Condition, "Must hold."),
        new("channels", Texts, "Where the order was placed."),
        new("hours", Group, "At which hours.") { Group = Hours },
        new("only", Group, "Only these goods.") { Group = Goods },
        new("exclude-skus", Texts, "Not these articles."),
        new("exclude-categories", Texts, "Not these categories."),
        new("exclude-labels", Texts, "Not these labels."),
        new("cap", Group, "At most.") { Group = Cap },
        new("cool-down", Days, "Not again so soon."),
        new("once", Flag, "Once for each customer."),
        new("group", Name, "Rules of a group go together as stacking says."),
        new("order", Integer, "Which rule of its group comes first.") { Range = (0, 10_000) },
        new("active", Choice, "When the points become usable.") { Choices = [new("now", Words, "") { Words = ["immediately"] }, new("rule", Group, "") { Group = Active }] },
        ExpiresKey,
    ])
    { ExactlyOne = [["points", "per-amount", "bands", "per-unit", "multiply"]] };

    public static SyntaxGroup Rate { get; } = new("rate",
    [
        new("currency", Text, "ISO 4217.") { IsRequired = true, Pattern = "^[A-Z]{3}$" }, From with { IsRequired = true }, new("rate", Number, "Units of the program's currency for one.") { IsRequired = true },
    ]);

    public static SyntaxGroup Worth { get; } = new("value", [From with { IsRequired = true }, new("worth", Money, "Of one point.") { IsRequired = true }]);

    public static SyntaxGroup Pay { get; } = new("pay",
    [
        Wallet,
        new("value", Choice, "What a point is worth at checkout.") { IsRequired = true, Choices = [new("always", Money, ""), new("dated", Groups, "") { Group = Worth }] },
        new("minimum", Integer, "Points at least.") { Range = (1, Most) },
        new("step", Integer, "Points in steps of.") { Range = (1, Most) },
        new("max-share", Percent, "Of the order."),
        new("exclude", Group, "Goods that cannot be paid with points.") { Group = Goods },
    ]);

    public static SyntaxGroup Corrections { get; } = new("corrections", [new("approval-above", Integer, "Points from which a second person must agree.") { IsRequired = true, Range = (0, Most) }]);

    public static SyntaxGroup Close { get; } = new("close", [new("earning-until", Date, "The day from which nothing is earned any more.")]);

    public static SyntaxGroup Level { get; } = new("tier",
    [
        new("tier", Name, "The tier's name.") { IsRequired = true },
        new("title", Text, "As people see it."),
        new("from", Choice, "Where it begins.") { IsRequired = true, Choices = [new("number", Integer, "") { Range = (0, Most) }, new("money", Money, "")] },
        new("multiply", Number, "What the tier makes of earned points."),
        new("privileges", Scalars, "What else it gives."),
    ]);

    public static SyntaxGroup Tiers { get; } = new("tiers",
    [
        new("by", Words, "What counts.") { Words = ["points", "spend", "orders"], IsRequired = true },
        Wallet,
        new("window", Choice, "Over which time.") { IsRequired = true, Choices = [new("calendar", Words, "") { Words = ["calendar-year", "calendar-quarter", "calendar-month"] }, new("rolling", Duration, "")] },
        new("grace", Days, "How long a tier stays when it is no longer reached."),
        new("levels", Groups, "From the least to the greatest.") { Group = Level, IsRequired = true },
    ]);

    public static SyntaxGroup Game { get; } = new("game",
    [
        new("badge", Name, "Its name: given for good."),
        new("challenge", Name, "Its name: until a day."),
        new("streak", Name, "Its name: period after period."),
        new("title", Text, "As people see it."),
        new("event", Text, "What counts.") { IsRequired = true },
        new("when", Condition, "Must hold."),
        new("times", Integer, "So often.") { Range = (1, 1_000_000) },
        new("amount", Money, "So much."),
        new("categories", Integer, "So many categories.") { Range = (1, 1_000_000) },
        new("skus", Integer, "So many articles.") { Range = (1, 1_000_000) },
        new("length", Integer, "So many periods in a row.") { Range = (1, 1_000_000) },
        new("every", Words, "The period of a streak.") { Words = ["day", "week", "month"] },
        From,
        Until,
        new("repeat", Flag, "Again and again."),
        new("points", Integer, "What it gives.") { Range = (0, Most) },
        Wallet,
        ExpiresKey,
    ])
    { ExactlyOne = [["badge", "challenge", "streak"], ["times", "amount", "categories", "skus", "length"]] };

    public static SyntaxGroup Measure { get; } = new("measure",
    [
        new("count", Texts, "Counts these events."),
        new("sum", Texts, "Sums up a value of these events."),
        new("first", Texts, "The first of these events."),
        new("last", Texts, "The last of these events."),
        new("of", Text, "Which value: event.total.") { Pattern = "^event\\." },
        new("when", Condition, "Which of them."),
        new("within", Duration, "How far it looks back."),
    ])
    { ExactlyOne = [["count", "sum", "first", "last"]] };

    public static SyntaxGroup Endpoint { get; } = new("endpoint",
    [
        new("url", Text, "https, or http on this machine.") { IsRequired = true, Pattern = "^https?://" }, new("reply", Types, "Fields of the answer that steps may use."),
    ]);

    public static SyntaxGroup Channel { get; } = new("channel",
    [
        new("url", Text, "Takes a signed POST for each message.") { IsRequired = true, Pattern = "^https?://" },
        new("to", Words, "What it takes for an address.") { Words = ["phone", "email", "customer"], IsRequired = true },
    ]);

    public static SyntaxGroup QuietHours { get; } = new("quiet-hours", [new("from", Clock, "The first quiet minute.") { IsRequired = true }, new("to", Clock, "The first loud one.") { IsRequired = true }]);

    public static SyntaxGroup SendCap { get; } = new("cap",
    [
        new("at-most", Integer, "Messages.") { IsRequired = true, Range = (1, FrequencyCap.Most) }, Per, new("topic", Name, "Of this topic alone."), new("channel", Name, "Of this channel alone."),
    ]);

    public static SyntaxGroup Budget { get; } = new("budget", [new("at-most", Integer, "Messages to everybody.") { IsRequired = true }, Per]);

    public static SyntaxGroup Complaints { get; } = new("complaints", [new("queue", Name, "Whose task a complaint is."), new("due", Duration, "By when.")]);

    public static SyntaxGroup Contact { get; } = new("contact",
    [
        new("quiet-hours", Group, "When nobody is written to.") { Group = QuietHours },
        new("caps", Groups, "How often one person is written to.") { Group = SendCap },
        new("repeat-after", Duration, "The same message not again before."),
        new("budgets", NamedGroups, "Messages of a channel to everybody.") { Group = Budget },
        new("double-opt-in", Texts, "Topics that need a second yes."),
        new("complaints", Group, "Who is told of complaints.") { Group = Complaints },
    ]);

    public static SyntaxGroup Friend { get; } = new("friend",
    [
        new("points", Integer, "Points.") { Range = (1, Most) }, new("offer", Name, "An offer."), new("at", Words, "When.") { Words = ["join", "qualify"] },
    ])
    { ExactlyOne = [["points", "offer"]] };

    public static SyntaxGroup Referrer { get; } = new("referrer", [new("points", Integer, "Points.") { Range = (1, Most) }, new("offer", Name, "An offer.")]) { ExactlyOne = [["points", "offer"]] };

    public static SyntaxGroup Checks { get; } = new(
        "checks", [.. ReferralReasons.Defaults.Keys.Order(StringComparer.Ordinal).Select(static reason => new SyntaxKey(reason, Words, "What this suspicion leads to.") { Words = ["allow", "hold", "refuse"] })]);

    public static SyntaxGroup Referrals { get; } = new("referrals",
    [
        new("link", Text, "The invitation's address, with {code}.") { Pattern = "\\{code\\}" },
        new("minimum", Money, "Of the friend's first order."),
        new("return-window", Days, "After which the order counts."),
        new("void-within", Days, "How long a return takes the reward back."),
        new("click-window", Days, "How long a click counts."),
        new("friend", Group, "What the friend gets.") { Group = Friend },
        new("referrer", Group, "What who brought the friend gets.") { Group = Referrer },
        new("per-referrer", Integer, "Rewards of one person at most.") { Range = (1, 1000) },
        new("per-network", Integer, "Friends out of one network at most.") { Range = (1, 1000) },
        new("checks", Group, "What each suspicion leads to.") { Group = Checks },
    ]);

    public static SyntaxGroup CartAbandoned { get; } = new("cart-abandoned", [NeverOr("after", Duration, "Without a change.")]);

    public static SyntaxGroup ReorderDue { get; } = new("reorder-due",
    [
        NeverOr("after-one-order", Days, "After a single order."), new("at-least", Days, "Not sooner."), new("at-most", Days, "Not later."), new("by-category", Flag, "For each category of goods."),
    ]);

    public static SyntaxGroup Inactive { get; } = new("inactive",
    [
        NeverOr("after", Days, "Without any activity."), new("intervals", Integer, "So many of the customer's own intervals.") { Range = (1, 100) }, new("at-least", Days, "Not sooner."),
    ]);

    public static SyntaxGroup PointsExpiring { get; } = new("points-expiring", [new("before", DayList, "How long before.") { IsRequired = true }]);

    public static SyntaxGroup Birthday { get; } = new("birthday", [new("before", Days, "How long before."), new("at", Clock, "The clock time.")]);

    public static SyntaxGroup Signals { get; } = new("signals",
    [
        new("cart-abandoned", Group, "A cart that nobody goes on with.") { Group = CartAbandoned },
        new("reorder-due", Group, "The next order is due.") { Group = ReorderDue },
        new("inactive", Group, "Somebody fell silent.") { Group = Inactive },
        new("points-expiring", Group, "Points end soon.") { Group = PointsExpiring },
        new("birthday", Group, "A birthday.") { Group = Birthday },
    ]);

    public static SyntaxGroup Program { get; } = new("program",
    [
        new("program", Name, "The program's name.") { IsRequired = true },
        new("title", Text, "As people see it."),
        new("url", Text, "The shop's address.") { Pattern = "^https?://" },
        new("zone", Text, "The IANA time zone, e.g. Europe/Sofia.") { IsRequired = true },
        new("currency", Text, "ISO 4217, e.g. EUR.") { IsRequired = true, Pattern = "^[A-Z]{3}$" },
        new("locales", Texts, "Languages of the templates; the first is the default.") { IsRequired = true, Pattern = "^[A-Za-z0-9-]{2,20}$" },
        new("sender", Group, "Who the messages come from.") { Group = Sender },
        new("topics", Named, "What people can say yes or no to.") { Choices = [new("title", Text, ""), new("topic", Group, "") { Group = Titled }] },
        new("facts", Types, "What the program knows of customers besides."),
        new("events", NamedTypes, "Events of your own: two words with a dot, each with its attributes."),
        new("wallets", NamedGroups, "Point types.") { Group = WalletGroup },
        new("earning", Groups, "What earns points.") { Group = Rule },
        new("stacking", Named, "How the rules of a group go together.") { Choices = [new("how", Words, "") { Words = ["sum", "best", "first"] }] },
        new("rates", Groups, "Exchange rates.") { Group = Rate },
        new("pay", Group, "Paying with points.") { Group = Pay },
        new("corrections", Group, "Corrections by hand.") { Group = Corrections },
        new("restore-grace", Days, "How long points live that come back after their end."),
        new("close", Group, "The program's end.") { Group = Close },
        new("tiers", Group, "Tiers.") { Group = Tiers },
        new("games", Groups, "Badges, challenges, streaks.") { Group = Game },
        new("signals", Group, "What the program notices by itself.") { Group = Signals },
        new("measures", NamedGroups, "What is counted for each customer: customer.measures.NAME.") { Group = Measure },
        new("endpoints", NamedGroups, "Systems outside that webhook steps call.") { Group = Endpoint },
        new("holdout", Percent, "The share that no journey sends anything, measured over all of them."),
        new("assets", Types, "What is known of customers' things."),
        new("referrals", Group, "Customers bring friends.") { Group = Referrals },
        new("contact", Group, "When and how often people are written to.") { Group = Contact },
        new("channels", NamedGroups, "Channels other than e-mail.") { Group = Channel },
    ]);

    private static SyntaxKey NeverOr(string name, SyntaxKind kind, string doc) =>
        new(name, Choice, doc) { Choices = [new("never", Words, "") { Words = ["never"] }, new("span", kind, "")] };
}
