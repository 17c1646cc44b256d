using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>What a message shows, its address and headers, and what is remembered of it.</summary>
internal static class MessageComposer
{
    /// <summary>What every template can show without the send's <c>with</c>.</summary>
    internal static ImmutableArray<string> TemplatePaths { get; } =
    [
        .. BuiltInAttributes.Program.Keys.Select(static name => "program." + name), .. BuiltInAttributes.Customer.Keys.Select(static name => "customer." + name),
    ];

    /// <summary>Where a message to this person goes; null: not known.</summary>
    public static string? Address(CustomerSnapshot snapshot, LiveProgram program, string channel)
    {
        if (channel == Consents.Email) return Email(snapshot);
        return program.Channels.GetValueOrDefault(channel)?.To switch
        {
            ChannelAddress.Phone => snapshot.Person?.Phone?.Value,
            ChannelAddress.Email => Email(snapshot),
            ChannelAddress.Customer => snapshot.CustomerId,
            _ => null,
        };
    }

    /// <summary>What is no address by itself (a name with one in brackets, say) is none to write to: nobody could look it up on a list.</summary>
    private static string? Email(CustomerSnapshot snapshot) => snapshot.Person?.Email?.Value is { } told && Identifier.IsEmail(told) ? told : null;

    /// <summary>Full path → value, for the template.</summary>
    public static Dictionary<string, AttributeValue> Values(
        CustomerSnapshot snapshot, LiveProgram program, RunState run, RunEffect.Send send, ContactLinks? links, Instant now)
    {
        var look = ProgramAttributes.Of(snapshot, program, now, run.KeyValue).Look;
        var values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        foreach (var path in TemplatePaths) values[path] = look(path);
        foreach (var measure in program.Measures) values["customer.measures." + measure.Name] = look("customer.measures." + measure.Name);
        foreach (var topic in program.Topics.Keys) values["customer.consent." + topic] = look("customer.consent." + topic);
        foreach (var fact in snapshot.Customer?.Facts ?? []) values["customer.facts." + fact.Name] = fact.Value;
        if (snapshot.Customer is { } customer && CustomerAssets.Find(customer, run.KeyValue) is { } asset)
        {
            foreach (var name in asset.Attributes.Keys.Concat(["id", "registered-at", "removed-at", "is-held"])) values["asset." + name] = look("asset." + name);
        }

        foreach (var (name, link) in Links(program, links, snapshot.CustomerId, run, send)) values["links." + name] = link;
        foreach (var (name, value) in Entry(run.Entry)) values["entry." + name] = value;
        foreach (var (name, value) in send.With) values[name] = value;
        return values;
    }

    /// <summary>What the trigger brought, and its own fields; a value named <c>envelope</c> leaves no place for those behind it.</summary>
    private static IEnumerable<(string Name, AttributeValue Value)> Entry(Occurrence entry) => BuiltInAttributes.EveryEvent.Keys
        .Where(name => !name.StartsWith(RunPaths.Envelope, StringComparison.Ordinal) || !entry.Attributes.ContainsKey(RunPaths.Envelope.TrimEnd('.')))
        .Concat(entry.Attributes.Keys)
        .Select(name => (name, RunPaths.Of(entry, name)));

    /// <summary>The message as the channel takes it.</summary>
    public static OutgoingMessage Message(
        RunState run, RunEffect.Send send, RenderedMessage rendered, string address, CustomerSnapshot snapshot, LiveProgram program, ContactLinks? links, Instant now) => new()
        {
            MessageId = Keys.Message(run.RunId, send.KeyStep, send.Visit),
            To = address,
            ToName = OneLine(snapshot.Person?.FirstName?.Value),
            From = program.SenderName is { } name ? $"{name} <{program.SenderAddress}>" : program.SenderAddress,
            Subject = rendered.Subject,
            Html = rendered.Html,
            Text = rendered.Text,
            At = now,
            Headers = Headers(run, send, snapshot.CustomerId, program, links),
        };

    /// <summary>What became of it, for the customer's history.</summary>
    public static MessageRecord Record(
        RunState run, OutboxItem item, RunEffect.Send send, string result, string? reason, string? providerId, string? locale, Instant now) => new()
        {
            RunId = run.RunId,
            Journey = run.Journey,
            Step = send.Step,
            Visit = send.Visit,
            Template = send.Template,
            Topic = send.Topic,
            Channel = send.OtherChannel,
            Locale = locale,
            QueuedAt = item.QueuedAt,
            Result = result,
            Reason = reason,
            At = now,
            OperationId = "",
            ItemKey = item.Key,
            ProviderId = providerId,
            AddressHash = item.AddressHash,
        };

    private static ImmutableDictionary<string, string> Headers(
        RunState run, RunEffect.Send send, string customerId, LiveProgram program, ContactLinks? links)
    {
        var headers = ImmutableDictionary<string, string>.Empty.Add(MessageHeaders.Template, send.Template).Add(MessageHeaders.Journey, run.Journey);
        // Pressed in a mail program that writes a mail for it: the message says which topic.
        var byMail = MailTo(program, Uri.EscapeDataString($"unsubscribe {MessageId(run, send)}"));
        if (links is null || send.Topic is null) return headers.Add("List-Unsubscribe", $"<{byMail}>");
        // RFC 8058: one POST to an https address, without a cookie, a question or a further page.
        return headers
            .Add("List-Unsubscribe", $"<{links.Unsubscribe(customerId, Consents.Key(send.Topic, send.Channel), MessageId(run, send))}>, <{byMail}>")
            .Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    }

    private static IEnumerable<(string Name, string Link)> Links(LiveProgram program, ContactLinks? links, string customerId, RunState run, RunEffect.Send send)
    {
        if (links is null)
        {
            // Without pages of its own, a reader's answer is a mail to the shop.
            foreach (var name in ContactLinks.Names) yield return (name, MailTo(program, name));
            yield break;
        }

        var message = MessageId(run, send);
        var topic = send.Topic is null ? null : Consents.Key(send.Topic, send.Channel);
        yield return ("unsubscribe", links.Unsubscribe(customerId, topic ?? TopicConsent.Everything, message));
        yield return ("preferences", links.Preferences(customerId, message));
        yield return ("feedback", links.Feedback(customerId, message));
    }

    private static string MessageId(RunState run, RunEffect.Send send) => Keys.Message(run.RunId, send.KeyStep, send.Visit);

    /// <summary>A name goes into a header: whatever breaks lines in it becomes a space.</summary>
    private static string? OneLine(string? name) =>
        name is null ? null : string.Concat(name.Select(static c => char.IsControl(c) ? ' ' : c)).Trim();

    private static string MailTo(LiveProgram program, string subject) => $"mailto:{program.SenderAddress}?subject={subject}";
}
