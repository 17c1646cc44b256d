#nullable disable
using Azure.Core;
using Loyalty.AzureContracts;

namespace Azure.Communication.Email;

/// <summary>Sends mail through Azure Communication Services; in this build every send says that the Azure build is
/// needed. Tests derive from it.</summary>
public class EmailClient
{
    protected EmailClient()
    {
    }

    public EmailClient(string connectionString)
    {
    }

    public EmailClient(string connectionString, EmailClientOptions options)
    {
    }

    public EmailClient(Uri endpoint, AzureKeyCredential credential, EmailClientOptions options = null)
    {
    }

    public EmailClient(Uri endpoint, TokenCredential credential, EmailClientOptions options = null)
    {
    }

    public virtual EmailSendOperation Send(
        WaitUntil wait,
        EmailMessage message,
        Guid operationId,
        CancellationToken cancellationToken = default) => throw Missing();

    public virtual EmailSendOperation Send(
        WaitUntil wait, EmailMessage message, CancellationToken cancellationToken = default) =>
        throw Missing();

    public virtual EmailSendOperation Send(
        WaitUntil wait,
        string senderAddress,
        string recipientAddress,
        string subject,
        string htmlContent,
        Guid operationId,
        string plainTextContent = null,
        CancellationToken cancellationToken = default) => throw Missing();

    public virtual EmailSendOperation Send(
        WaitUntil wait,
        string senderAddress,
        string recipientAddress,
        string subject,
        string htmlContent,
        string plainTextContent = null,
        CancellationToken cancellationToken = default) => throw Missing();

    public virtual Task<EmailSendOperation> SendAsync(
        WaitUntil wait,
        EmailMessage message,
        Guid operationId,
        CancellationToken cancellationToken = default) => throw Missing();

    public virtual Task<EmailSendOperation> SendAsync(
        WaitUntil wait, EmailMessage message, CancellationToken cancellationToken = default) =>
        throw Missing();

    public virtual Task<EmailSendOperation> SendAsync(
        WaitUntil wait,
        string senderAddress,
        string recipientAddress,
        string subject,
        string htmlContent,
        Guid operationId,
        string plainTextContent = null,
        CancellationToken cancellationToken = default) => throw Missing();

    public virtual Task<EmailSendOperation> SendAsync(
        WaitUntil wait,
        string senderAddress,
        string recipientAddress,
        string subject,
        string htmlContent,
        string plainTextContent = null,
        CancellationToken cancellationToken = default) => throw Missing();

    private static InvalidOperationException Missing() => AzureBuildNeeded.For("EmailClient");
}

public class EmailClientOptions : ClientOptions
{
    public EmailClientOptions(ServiceVersion version = ServiceVersion.V2025_09_01) => Version = version;

    internal ServiceVersion Version { get; }

    public enum ServiceVersion
    {
        V2021_10_01_Preview = 1,
        V2023_01_15_Preview = 2,
        V2023_03_31 = 3,
        V2024_07_01_Preview = 4,
        V2025_09_01 = 5,
    }
}

public class EmailSendOperation : Operation<EmailSendResult>
{
    private readonly string _id;

    protected EmailSendOperation()
    {
    }

    public EmailSendOperation(string id, EmailClient client) => _id = id;

    public override string Id => _id;

    public override bool HasCompleted => false;

    public override bool HasValue => false;

    public override EmailSendResult Value => throw Missing();

    public override Response GetRawResponse() => throw Missing();

    public override Response UpdateStatus(CancellationToken cancellationToken = default) => throw Missing();

    public override ValueTask<Response> UpdateStatusAsync(CancellationToken cancellationToken = default) =>
        throw Missing();

    public override Response<EmailSendResult> WaitForCompletion(CancellationToken cancellationToken = default) =>
        throw Missing();

    public override Response<EmailSendResult> WaitForCompletion(
        TimeSpan suggestedPollingInterval, CancellationToken cancellationToken) =>
        throw Missing();

    public override ValueTask<Response<EmailSendResult>> WaitForCompletionAsync(
        CancellationToken cancellationToken = default) =>
        throw Missing();

    public override ValueTask<Response<EmailSendResult>> WaitForCompletionAsync(
        TimeSpan suggestedPollingInterval, CancellationToken cancellationToken) => throw Missing();

    private static InvalidOperationException Missing() => AzureBuildNeeded.For("EmailSendOperation");
}

public class EmailSendResult
{
    internal EmailSendResult(string id, EmailSendStatus status)
    {
        Id = id;
        Status = status;
    }

    internal string Id { get; }

    public EmailSendStatus Status { get; }
}

public readonly struct EmailSendStatus : IEquatable<EmailSendStatus>
{
    private readonly string _value;

    public EmailSendStatus(string value) => _value = value ?? throw new ArgumentNullException(nameof(value));

    public static EmailSendStatus Canceled { get; } = new("Canceled");

    public static EmailSendStatus Failed { get; } = new("Failed");

    public static EmailSendStatus NotStarted { get; } = new("NotStarted");

    public static EmailSendStatus Running { get; } = new("Running");

    public static EmailSendStatus Succeeded { get; } = new("Succeeded");

    public static implicit operator EmailSendStatus(string value) => new(value);

    public static bool operator ==(EmailSendStatus left, EmailSendStatus right) => left.Equals(right);

    public static bool operator !=(EmailSendStatus left, EmailSendStatus right) => !left.Equals(right);

    public bool Equals(EmailSendStatus other) =>
        string.Equals(_value, other._value, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object obj) => obj is EmailSendStatus other && Equals(other);

    public override int GetHashCode() => _value is null ? 0 : StringComparer.OrdinalIgnoreCase.GetHashCode(_value);

    public override string ToString() => _value;
}

public static class EmailModelFactory
{
    public static EmailSendResult EmailSendResult(string id = null, EmailSendStatus status = default) =>
        new(id, status);
}
