using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using System.Text;
using Loyalty.Engine.Ports;

namespace Loyalty.Delivery.Mail;

/// <summary>
/// A mail server of one's own. What a server said no to is refused (5xx) or tried again (4xx); a connection that broke in the middle leaves the outcome
/// unknown, and no server can be asked: <see cref="HandOver.CannotAsk"/>. The Message-ID follows from the message, so that a reader's mailbox can tell a repetition.
/// </summary>
/// <param name="host">Name of the server.</param>
/// <param name="port">25, 587, …</param>
public sealed class SmtpChannel(string host, int port) : IMessageChannel
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(2);

    /// <summary>The account; null: the server wants none.</summary>
    public string? User { get; init; }
    public string? Password { get; init; }

    /// <summary>STARTTLS. Default true.</summary>
    public bool UsesTls { get; init; } = true;

    /// <summary>How long a hand-over may take, well within the first half of a claim's lease.</summary>
    public TimeSpan TimeOut { get; init; } = TimeSpan.FromSeconds(40);

    /// <inheritdoc/>
    public async Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default)
    {
        // The same checks that every other channel makes.
        if (EmlWriter.Write(message, operationId) is { Bytes: null, Reason: var reason }) return new HandOver.Refused(reason);
        using var mail = Convert(message);
        using var client = new SmtpClient(host, port) { EnableSsl = UsesTls, DeliveryMethod = SmtpDeliveryMethod.Network };
        if (User is not null) client.Credentials = new NetworkCredential(User, Password);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(TimeOut);
        try
        {
            await client.SendMailAsync(mail, stop.Token);
            return new HandOver.Accepted(mail.Headers["Message-ID"]!);
        }
        catch (SmtpException failed)
        {
            return Answer(failed);
        }
        catch (Exception failed) when (failed is IOException or SocketException || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new ChannelUnavailableException("The mail server's answer was lost.", inner: failed);
        }
    }

    /// <inheritdoc/>
    public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => Task.FromResult<HandOver>(new HandOver.CannotAsk());

    private static HandOver.Refused Answer(SmtpException failed)
    {
        var status = (int)failed.StatusCode;
        if (status is >= 500 and < 600 && failed.StatusCode is not (SmtpStatusCode.ClientNotPermitted or SmtpStatusCode.MustIssueStartTlsFirst))
            return new HandOver.Refused($"smtp-{status}");
        // 4xx is "not now"; a server that was never reached, or wants another account, does not have the message either.
        var isCertain = status is >= 400 and < 600 || failed.InnerException is SocketException or System.Security.Authentication.AuthenticationException;
        throw new ChannelUnavailableException($"The mail server could not take it ({failed.StatusCode}).", isCertain ? Pause : null, failed);
    }

    private static MailMessage Convert(OutgoingMessage message)
    {
        var from = MailAddressText.Parse(message.From)!;
        var to = MailAddressText.Parse(message.To)!;
        var mail = new MailMessage
        {
            From = new MailAddress(from.Address, from.Name, Encoding.UTF8),
            Subject = message.Subject,
            SubjectEncoding = Encoding.UTF8,
            BodyEncoding = Encoding.UTF8,
            HeadersEncoding = Encoding.UTF8,
        };
        mail.To.Add(new MailAddress(to.Address, message.ToName?.Trim() is { Length: > 0 } name ? name : to.Name, Encoding.UTF8));
        foreach (var (header, value) in message.Headers) mail.Headers.Add(header, value);
        mail.Headers.Add("Message-ID", $"<{EmlWriter.SafeName(message.MessageId, 100)}@{from.Address[(from.Address.LastIndexOf('@') + 1)..]}>");
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(message.Text, Encoding.UTF8, "text/plain"));
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(message.Html, Encoding.UTF8, "text/html"));
        return mail;
    }
}
