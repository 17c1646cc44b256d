using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using NodaTime;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace Loyalty.LocalHost.Tests.Hosting;

/// <summary>What the sample functions have done, in order.</summary>
public sealed class Journal
{
    private readonly List<string> _lines = [];
    private readonly List<(string Line, TaskCompletionSource Source)> _waiting = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public void Add(string line)
    {
        lock (_lines)
        {
            _lines.Add(line);
            foreach (var waiter in _waiting.Where(waiter => waiter.Line == line)) waiter.Source.TrySetResult();
        }
    }

    public Task WhenAsync(string line)
    {
        lock (_lines)
        {
            if (_lines.Contains(line)) return Task.CompletedTask;
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((line, source));
            return source.Task;
        }
    }
}

public sealed record Greeting(string Name, int Times);

public sealed class HttpSamples(Journal journal)
{
    [Function("Hello")]
    public static IActionResult Hello(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hello/{name}")] HttpRequest request, string name) =>
        new OkObjectResult(new Greeting(name, int.Parse(request.Query["times"].FirstOrDefault() ?? "1")));

    [Function("Typed")]
    public async Task<IResult> TypedAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "typed/{number:int}/{id:guid}")]
        HttpRequest request,
        int number,
        Guid id,
        FunctionContext context,
        CancellationToken cancellation)
    {
        journal.Add($"typed {request.Method}");
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync(cancellation);
        return Results.Text($"{number} {id:N} {body} {context.FunctionDefinition.Name} "
            + $"{context.GetHttpContext() == request.HttpContext}");
    }

    [Function("Body")]
    public static Task<Greeting> BodyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "body")] HttpRequest request,
        [FromBody] Greeting greeting) =>
        Task.FromResult(greeting with { Times = greeting.Times + 1 });

    [Function("Plain")]
    public static void Plain([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) =>
        request.HttpContext.Response.Headers["x-plain"] = "yes";

    [Function("Broken")]
    public static IResult Broken(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "broken")] HttpRequest request) =>
        throw new InvalidOperationException("the secret reason");
}

public sealed class QueueSamples(Journal journal, ServiceBusClient bus)
{
    [Function("Send")]
    public async Task<IResult> SendAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "send/{queue}/{session}/{id}")] HttpRequest request,
        string queue,
        string session,
        string id)
    {
        await using var sender = bus.CreateSender(queue);
        using var reader = new StreamReader(request.Body);
        var message = new ServiceBusMessage(
            await reader.ReadToEndAsync())
        { MessageId = id, SessionId = session == "-" ? null : session };
        message.ApplicationProperties["color"] = "blue";
        await sender.SendMessageAsync(message);
        return Results.Accepted();
    }

    [Function("Ordered")]
    public async Task OrderedAsync(
        [ServiceBusTrigger("%Queues:Ordered%", IsSessionsEnabled = true, AutoCompleteMessages = false)]
        ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        FunctionContext context)
    {
        if (message.Body.ToString() == "dead")
        {
            await actions.DeadLetterMessageAsync(
                message, deadLetterReason: "no-good", deadLetterErrorDescription: "because");
            journal.Add($"dead {message.MessageId}");
            return;
        }

        if (message.Body.ToString() == "twice" && message.DeliveryCount == 1)
        {
            journal.Add($"fails {message.MessageId}");
            throw new TimeoutException("later");
        }

        journal.Add($"{context.BindingContext.BindingData["SessionId"]} {message.Body} {message.DeliveryCount} "
            + $"{message.ApplicationProperties["color"]}");
        await actions.CompleteMessageAsync(message);
    }

    [Function("Batch")]
    public void Batch([ServiceBusTrigger("plain", IsBatched = true)] ServiceBusReceivedMessage[] messages) =>
        journal.Add($"batch {string.Join(',', messages.Select(message => message.Body))}");
}

public sealed class DurableSamples(Journal journal, IClock clock)
{
    [Function("StartGreet")]
    public static async Task<IResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "greet/{id}")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client)
    {
        await client.ScheduleNewOrchestrationInstanceAsync(
            "Greet", new Greeting(id, 2), new StartOrchestrationOptions(id));
        return Results.Accepted();
    }

    [Function("Greet")]
    public static async Task<string> GreetAsync([OrchestrationTrigger] TaskOrchestrationContext context, Greeting input)
    {
        var parts = new List<string>();
        for (var time = 0; time < input.Times; time++)
        {
            parts.Add(await context.CallActivityAsync<string>("Say", input with { Times = time }));
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
        }

        return string.Join(' ', parts);
    }

    [Function("Say")]
    public Task<string> SayAsync(
        [ActivityTrigger] Greeting greeting, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        journal.Add($"say {greeting.Name} {greeting.Times} at {clock.GetCurrentInstant():HH:mm} by {client.Name}");
        return Task.FromResult($"hello {greeting.Name}");
    }
}

public sealed class TimerSamples(Journal journal, IClock clock)
{
    [Function("EveryHour")]
    public void EveryHour([TimerTrigger("%Schedule%", UseMonitor = false)] TimerInfo timer) =>
        journal.Add($"hour {clock.GetCurrentInstant():HH:mm} next {timer.ScheduleStatus!.Next:HH:mm}");

    [Function("AtStart")]
    public void AtStart([TimerTrigger("0 0 0 * * *", RunOnStartup = true)] TimerInfo timer) =>
        journal.Add($"start {timer.IsPastDue}");
}

/// <summary>Notes every invocation, and refuses HTTP requests that say so.</summary>
public sealed class JournalMiddleware(Journal journal) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http && http.Request.Headers.ContainsKey("x-refuse"))
        {
            await Results.Text("refused", statusCode: 401).ExecuteAsync(http);
            return;
        }

        journal.Add($"> {context.FunctionDefinition.Name} {context.FunctionDefinition.EntryPoint.Split('.')[^1]}");
        await next(context);
    }
}
