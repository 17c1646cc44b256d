#nullable disable
namespace Azure.Communication.Email;

public readonly struct EmailAddress
{
    public EmailAddress(string address)
        : this(address, null)
    {
    }

    public EmailAddress(string address, string displayName)
    {
        Address = address;
        DisplayName = displayName;
    }

    public string Address { get; }

    public string DisplayName { get; }
}

public class EmailAttachment
{
    public EmailAttachment(string name, string contentType, BinaryData content)
    {
        Name = name ?? throw new ArgumentNullException(nameof(name));
        ContentType = contentType ?? throw new ArgumentNullException(nameof(contentType));
        Content = content ?? throw new ArgumentNullException(nameof(content));
    }

    public BinaryData Content { get; }

    public string ContentId { get; set; }

    public string ContentType { get; }

    public string Name { get; }
}

public class EmailContent
{
    public EmailContent(string subject) => Subject = subject ?? throw new ArgumentNullException(nameof(subject));

    public string Html { get; set; }

    public string PlainText { get; set; }

    public string Subject { get; }
}

public class EmailRecipients
{
    public EmailRecipients(IEnumerable<EmailAddress> to)
        : this(to, null, null)
    {
    }

    public EmailRecipients(
        IEnumerable<EmailAddress> to = null, IEnumerable<EmailAddress> cc = null, IEnumerable<EmailAddress> bcc = null)
    {
        To = [.. to ?? []];
        CC = [.. cc ?? []];
        BCC = [.. bcc ?? []];
    }

    public IList<EmailAddress> BCC { get; }

    public IList<EmailAddress> CC { get; }

    public IList<EmailAddress> To { get; }
}

public class EmailMessage
{
    public EmailMessage(string senderAddress, EmailRecipients recipients, EmailContent content)
    {
        SenderAddress = senderAddress ?? throw new ArgumentNullException(nameof(senderAddress));
        Recipients = recipients ?? throw new ArgumentNullException(nameof(recipients));
        Content = content ?? throw new ArgumentNullException(nameof(content));
    }

    public EmailMessage(string senderAddress, string recipientAddress, EmailContent content)
        : this(senderAddress, new EmailRecipients([new EmailAddress(recipientAddress)]), content)
    {
    }

    public IList<EmailAttachment> Attachments { get; } = [];

    public EmailContent Content { get; }

    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public EmailRecipients Recipients { get; }

    public IList<EmailAddress> ReplyTo { get; } = [];

    public string SenderAddress { get; }

    public bool? UserEngagementTrackingDisabled { get; set; }
}
