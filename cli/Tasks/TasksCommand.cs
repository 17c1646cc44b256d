using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Work;
using Loyalty.Functions.Tasks;

namespace Loyalty.Cli.Tasks;

/// <summary><c>loyalty tasks list|show|claim|release|done|reopen</c>: letters, calls and complaints.</summary>
internal static class TasksCommand
{
    /// <summary>Characters of what somebody wrote; longer than any that is kept.</summary>
    private const int MostShown = 5000;

    public static Command Create() => new(
        "tasks",
        "Work for people: letters to print, calls to make, complaints to answer.\n\n"
        + "Example:  loyalty tasks list --state overdue --data shop.db   then   loyalty tasks done c4k….run.call.1 reached --by ann")
    {
        List(),
        Show(),
        Change("claim", "Takes a task: nobody else works on it.", "claim", takesOutcome: false),
        Change("release", "Gives a task back.", "release", takesOutcome: false),
        Change("done", "Tells how a task ended; its journey goes on.", "outcome", takesOutcome: true),
        Change("reopen", "Opens a complaint's task again.", "reopen", takesOutcome: false),
    };

    private static Command List()
    {
        var options = new ApiOptions();
        var queue = new Option<string?>("--queue") { Description = "Only of this queue.", HelpName = "NAME" };
        var state = new Option<string?>("--state") { Description = "Only those. Default: all that are not closed.", HelpName = "open|claimed|overdue|closed" };
        state.AcceptOnlyFromAmong("open", "claimed", "overdue", "closed");
        var limit = new Option<int>("--limit") { Description = "At most so many, 1 to 500. Default 100.", HelpName = "N", DefaultValueFactory = static _ => 100 };
        var command = options.AddTo(new Command("list", "The earliest due first; LATE: due before now.") { queue, state, limit });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
            var query = new StringBuilder("tasks?limit=").Append(parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture));
            if (parsed.GetValue(queue) is { } name) query.Append("&queue=").Append(Uri.EscapeDataString(name));
            if (parsed.GetValue(state) is { } only) query.Append("&state=").Append(only);
            var tasks = await api.GetAsync<TaskView[]>(query.ToString(), cancellation);
            await Console.Out.WriteAsync(options.AsJson(parsed) ? Json(tasks) : tasks.Length == 0 ? "No tasks.\n" : string.Concat(tasks.Select(Line)));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Show()
    {
        var options = new ApiOptions();
        var id = Id();
        var command = options.AddTo(new Command("show", "What is to be done, who did what, and what the person said.") { id });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
            var task = await api.GetAsync<TaskView>($"tasks/{Uri.EscapeDataString(parsed.GetValue(id)!)}", cancellation);
            await Console.Out.WriteAsync(options.AsJson(parsed) ? Json(task) : Text(task));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Change(string verb, string what, string route, bool takesOutcome)
    {
        var options = new ApiOptions();
        var id = Id();
        var outcome = new Argument<string>("OUTCOME") { Description = "One of the task's outcomes; show lists them." };
        var by = new Option<string?>("--by") { Description = "Who. Default: the user of this machine.", HelpName = "WHO" };
        var note = new Option<string?>("--note") { Description = "What is to be remembered.", HelpName = "TEXT" };
        var command = new Command(verb, what) { id };
        if (takesOutcome) command.Add(outcome);
        command.Add(by);
        command.Add(note);
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var request = new TaskRequest { By = parsed.GetValue(by) ?? Environment.UserName, Note = parsed.GetValue(note), Outcome = takesOutcome ? parsed.GetValue(outcome) : null };
            var task = await api.PostAsync<TaskView>($"tasks/{Uri.EscapeDataString(parsed.GetValue(id)!)}/{route}", request, cancellation);
            await Console.Out.WriteAsync(options.AsJson(parsed) ? Json(task) : Line(task));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Argument<string> Id() => new("TASK") { Description = "Its id, as the list shows it first." };

    private static string Json<T>(T value) => Encoding.UTF8.GetString(LoyaltyJson.Write(value)) + "\n";

    private static string Line(TaskView task) => string.Create(
        CultureInfo.InvariantCulture,
        $"{task.Id}  {task.Queue}  {(task.ClosedAt is null ? $"due {task.DueAt}{(task.IsOverdue ? " LATE" : "")}" : $"{task.ClosedAs} {task.ClosedAt}")}  {task.Outcome ?? (task.ClaimedBy is { } who ? "with " + who : "open")}  {task.Journey}, {task.Step}\n");

    private static string Text(TaskView task)
    {
        var text = new StringBuilder(Line(task));
        if (task.Script is { } script) text.Append("  ").AppendLine(script);
        text.Append("  outcomes: ").AppendLine(string.Join(", ", task.Outcomes));
        foreach (var (name, value) in task.With.OrderBy(static one => one.Key, StringComparer.Ordinal)) text.Append("  ").Append(name).Append(": ").AppendLine(PlainText.OneLine(Words(value), MostShown));
        if (task.Feedback is { } said) text.Append("  said: ").AppendLine(PlainText.OneLine(said.Text ?? said.Reason ?? "", MostShown));
        foreach (var line in task.History) text.Append("  ").Append(line.At).Append("  ").Append(line.What).Append(" by ").Append(line.By).AppendLine(line.Note is null ? "" : ": " + PlainText.OneLine(line.Note, MostShown));
        return text.ToString();
    }

    private static string Words(Core.AttributeValue value) => value switch
    {
        Core.AttributeValue.Text text => text.Value,
        Core.AttributeValue.Number number => number.Value.ToString(CultureInfo.InvariantCulture),
        Core.AttributeValue.List list => string.Join(", ", list.Values),
        Core.AttributeValue.Money money => string.Create(CultureInfo.InvariantCulture, $"{Core.Orders.CurrencyTable.FromMinor(money.Minor, money.Currency)} {money.Currency}"),
        Core.AttributeValue.Moment moment => moment.Value.ToString(),
        _ => value.ToString() ?? "",
    };
}
