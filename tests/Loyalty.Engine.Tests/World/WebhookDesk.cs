using System.Text;
using Loyalty.Engine.Ports;

namespace Loyalty.Engine.Tests.World;

/// <summary>The other side of webhooks: keeps what it is told and answers what it is set to.</summary>
internal sealed class WebhookDesk : IWebhookCaller
{
    public List<WebhookCall> Calls { get; } = [];

    public Queue<WebhookAnswer> Answers { get; } = new();

    public static WebhookAnswer Done(string json) => new WebhookAnswer.Done(Encoding.UTF8.GetBytes(json));

    public Task<WebhookAnswer> CallAsync(WebhookCall call, CancellationToken cancellation = default)
    {
        Calls.Add(call);
        return Task.FromResult(Answers.TryDequeue(out var answer) ? answer : Done("{}"));
    }
}
