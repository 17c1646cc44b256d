using System.Globalization;
using Azure;
using Azure.Communication.Email;
using Loyalty.Delivery.Mail;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;

namespace Loyalty.Delivery.Acs;

/// <summary>
/// Azure Communication Services Email. The operation id becomes the service's <c>Operation-Id</c>, by which the service
/// can be asked later what became of a call whose answer was lost. "Accepted" means that the service has it; delivery
/// reports tell the rest.
/// </summary>
public sealed class AcsEmailChannel : IMessageChannel
{
    private readonly EmailClient _client;
    private readonly Func<string, EmailClient, EmailSendOperation> _operation;

    /// <param name="client">The service.</param>
    /// <param name="operation">How an operation is looked up; null: <see cref="EmailSendOperation"/>'s own
    /// constructor.</param>
    public AcsEmailChannel(EmailClient client, Func<string, EmailClient, EmailSendOperation>? operation = null)
    {
        _client = client;
        _operation = operation ?? (static (id, owner) => new EmailSendOperation(id, owner));
    }

    /// <inheritdoc/>
    public async Task<HandOver> SendAsync(
        OutgoingMessage message, string operationId, CancellationToken cancellation = default)
    {
        var (mail, reason) = Convert(message);
        if (mail is null) return new HandOver.Refused(reason);
        var id = OperationGuid(operationId);
        try
        {
            var started = await _client.SendAsync(WaitUntil.Started, mail, id, cancellation);
            return new HandOver.Accepted(started.Id ?? id.ToString());
        }
        catch (RequestFailedException e) when (e.Status == 409)
        {
            // The id is taken: an earlier call with it arrived.
            return new HandOver.Accepted(id.ToString());
        }
        catch (RequestFailedException e) when (IsFinal(e.Status))
        {
            return new HandOver.Refused(e.ErrorCode ?? e.Status.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (IsTransient(e, cancellation))
        {
            throw Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public async Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default)
    {
        var id = OperationGuid(operationId).ToString();
        try
        {
            var operation = _operation(id, _client);
            await operation.UpdateStatusAsync(cancellation);
            if (!operation.HasValue) return new HandOver.Accepted(id);
            var status = operation.Value.Status;
            return status == EmailSendStatus.Failed || status == EmailSendStatus.Canceled
                ? new HandOver.Refused(status.ToString())
                : new HandOver.Accepted(id);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return new HandOver.NeverSeen();
        }
        catch (RequestFailedException e) when (e.Status is >= 200 and < 300)
        {
            // The call went well and told that the sending had failed.
            return new HandOver.Refused(e.ErrorCode ?? "Failed");
        }
        catch (Exception e) when (IsTransient(e, cancellation))
        {
            throw Unavailable(e);
        }
    }

    /// <summary>
    /// The operation id as the service wants it: a GUID as it is, any other text by its hash (RFC 9562, version 8).
    /// </summary>
    public static Guid OperationGuid(string operationId) => OperationIds.ToGuid(operationId);

    private static (EmailMessage? Mail, string Reason) Convert(OutgoingMessage message)
    {
        if (!MailHeaders.IsSafe(message.To) || MailAddressText.Parse(message.To) is not { } to)
            return (null, "bad-recipient");
        if (!MailHeaders.IsSafe(message.From) || MailAddressText.Parse(message.From) is not { } from)
            return (null, "bad-sender");
        if (!MailHeaders.IsSafe(message.Subject)) return (null, "bad-subject");
        if (message.ToName is not null && !MailHeaders.IsSafe(message.ToName)) return (null, "bad-recipient");
        var recipient = string.IsNullOrWhiteSpace(message.ToName)
            ? new EmailAddress(to.Address)
            : new EmailAddress(to.Address, message.ToName.Trim());
        var mail = new EmailMessage(
            from.Address,
            new EmailRecipients([recipient]),
            new EmailContent(message.Subject) { Html = message.Html, PlainText = message.Text });
        foreach (var (name, value) in message.Headers)
        {
            if (!MailHeaders.IsName(name) || !MailHeaders.IsSafe(value)) return (null, "bad-header");
            mail.Headers[name] = value;
        }

        return (mail, "");
    }

    /// <summary>
    /// A message the service will never take. 401, 403 and 404 are the operator's to mend, so the message waits for
    /// that.
    /// </summary>
    private static bool IsFinal(int status) => status is >= 400 and < 500 and not (401 or 403 or 404 or 408 or 429);

    private static bool IsTransient(Exception e, CancellationToken cancellation) => e switch
    {
        RequestFailedException or HttpRequestException or IOException => true,
        OperationCanceledException => !cancellation.IsCancellationRequested,
        AggregateException { InnerExceptions: [.., var last] } => IsTransient(last, cancellation),
        _ => false,
    };

    private static ChannelUnavailableException Unavailable(Exception e) => e switch
    {
        RequestFailedException failed =>
            new ChannelUnavailableException($"The mail service answered {failed.Status}.", RetryAfter(failed), failed),
        // The pipeline wraps the failures of its own retries.
        AggregateException { InnerExceptions: [.., var last] } => Unavailable(last),
        _ => new ChannelUnavailableException("The mail service cannot be reached.", inner: e),
    };

    /// <summary>
    /// The service's Retry-After in seconds, at most a day; a date there is not used by this service.
    /// </summary>
    private static TimeSpan? RetryAfter(RequestFailedException e) =>
        e.GetRawResponse()?.Headers.TryGetValue("Retry-After", out var text) == true
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, 86_400))
            : null;
}
