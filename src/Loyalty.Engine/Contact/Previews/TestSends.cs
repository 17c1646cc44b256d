using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Contact.Previews;

/// <summary>
/// Sends a template to an address to try it out: through the channel, under a key of its own, marked as a test. It is no message of any customer: it counts
/// towards no cap and stands in nobody's history. It does use the provider's quota, as every message does, and goes to no suppressed address.
/// </summary>
public sealed class TestSends(
    IDocumentStore store, TemplatePreviews previews, IProgramSource programs, CustomerQueries queries, IMessageChannel mail, ContactServices contact, IClock clock)
{
    /// <summary>What the subject begins with.</summary>
    public const string SubjectMark = "[Test] ";

    private const string DocumentId = "test-send";

    /// <summary>How long somebody who has claimed a key may take.</summary>
    private static readonly Duration Lease = Duration.FromMinutes(2);
    private static readonly Duration Kept = Duration.FromDays(30);

    /// <summary>Sends. The same key and the same input are one message, however often they come; asked again, an outcome that was unknown is looked up.</summary>
    /// <param name="template">Its name.</param>
    /// <param name="request">To whom, with what.</param>
    /// <param name="key">The request's <c>Idempotency-Key</c>.</param>
    /// <param name="showsPerson">See <see cref="TemplatePreviews.PreviewAsync"/>.</param>
    /// <param name="cancellation">Gives up before the provider is called.</param>
    public async Task<TestSendAnswer> SendAsync(string template, TestSendRequest request, string? key, bool showsPerson, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("send-test:" + template, key, request) is not { } asked)
            return new TestSendAnswer.Refused(RefusalCode.MissingHeader, "Idempotency-Key: 1 to 200 printable characters were expected.");
        if (Prepared(request, out var address, out var channel) is { } wrong) return wrong;
        var session = new PartitionSession(store, Keys.TestSendPartition(asked.Key));
        var known = await session.ReadAsync<TestSendDocument>(DocumentId, cancellation);
        if (known is not null && known.InputHash != asked.InputHash) return new TestSendAnswer.Refused(RefusalCode.IdempotencyKeyReused, "The key was used for another test message.");
        if (known?.Result is { } result) return Done(known, result, known.Reason);
        if (known is not null)
        {
            if (clock.GetCurrentInstant() < known.ClaimedAt + Lease) return new TestSendAnswer.Refused(RefusalCode.Conflict, "The same request is under way; ask again in two minutes.");
            // Whoever claimed it is gone, or had no answer: only the channel knows.
            switch (await AskAsync(channel!, known.OperationId, cancellation))
            {
                // It cannot say just now: nothing is known more than before.
                case null: return Unknown(known);
                case HandOver.Accepted: return await SettleAsync(session, known, "sent", null, cancellation);
                case HandOver.Refused refused: return await SettleAsync(session, known, "withheld", WithholdReasons.OfChannel(refused.Reason), cancellation);
                case HandOver.CannotAsk: return await SettleAsync(session, known, "expired", WithholdReasons.OutcomeUnknown, cancellation);
            }
        }

        if (await IsSuppressedAsync(address!, request.Channel ?? Consents.Email, cancellation))
            return new TestSendAnswer.Refused(RefusalCode.AddressSuppressed, "The address bounced for good, its owner complained, or it stands on the imported list.");
        return await RenderAsync(template, request, showsPerson, cancellation) switch
        {
            PreviewAnswer.Refused refused => new TestSendAnswer.Refused(refused.Code, refused.Detail),
            PreviewAnswer.Done { Preview: var preview } => await HandOverAsync(session, asked, preview, address!, request.Channel, channel!, cancellation),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    /// <returns>null: the channel does not answer, or not now.</returns>
    private static async Task<HandOver?> AskAsync(IMessageChannel channel, string operationId, CancellationToken cancellation)
    {
        try
        {
            return await channel.LookUpAsync(operationId, cancellation);
        }
        catch (ChannelUnavailableException)
        {
            return null;
        }
    }

    private Task<PreviewAnswer> RenderAsync(string template, TestSendRequest request, bool showsPerson, CancellationToken cancellation) => previews.PreviewAsync(
        template, new PreviewRequest { Customer = request.Customer, Locale = request.Locale ?? programs.Current.DefaultLocale, Files = request.Files }, showsPerson, cancellation);

    private TestSendAnswer.Refused? Prepared(TestSendRequest request, out string? address, out IMessageChannel? channel)
    {
        (address, channel) = (null, null);
        var name = request.Channel ?? Consents.Email;
        channel = name == Consents.Email ? mail : contact.Channels?.Find(name);
        if (channel is null) return new TestSendAnswer.Refused(RefusalCode.InvalidField, $"channel: '{name}' is not set up here.");
        var takes = name == Consents.Email ? ChannelAddress.Email : programs.Current.Channels.GetValueOrDefault(name)?.To ?? ChannelAddress.Customer;
        var identifier = takes switch
        {
            ChannelAddress.Email => Identifier.Email(request.Address),
            ChannelAddress.Phone => Identifier.Phone(request.Address),
            _ => null,
        };
        if (takes == ChannelAddress.Customer) return new TestSendAnswer.Refused(RefusalCode.InvalidField, $"channel: '{name}' takes customers' ids, and a test is no customer's message.");
        if (identifier is null) return new TestSendAnswer.Refused(RefusalCode.InvalidField, $"address: {(takes == ChannelAddress.Email ? "an e-mail address" : "a phone number such as +4915112345678")} was expected.");
        address = identifier.Value.Value[(identifier.Value.Kind.Length + 1)..];
        return null;
    }

    private async Task<bool> IsSuppressedAsync(string address, string channel, CancellationToken cancellation)
    {
        if (contact.Suppressions is { } list && await list.HasAsync(address, cancellation)) return true;
        return await queries.FindAsync(address, cancellation) is { } owner && (await queries.GetAsync(owner, cancellation))?.Customer?.Contact?.Find(channel, address) is not null;
    }

    private async Task<TestSendAnswer> HandOverAsync(
        PartitionSession session, IdempotentRequest asked, TemplatePreview preview, string address, string? channelName, IMessageChannel channel, CancellationToken cancellation)
    {
        var now = clock.GetCurrentInstant();
        if (contact.Pacing is { } pacing
            && await pacing.AskAsync(new PacingRequest(channelName ?? Consents.Email, SendLane.Transactional, asked.InputHash, HasTurn: false, now), cancellation) is { } notYet)
        {
            return new TestSendAnswer.Refused(RefusalCode.RateLimited, "The provider's quota is used up for now.") { RetryAfter = notYet.Until - now };
        }

        var message = preview.Messages[0];
        var claim = new TestSendDocument
        {
            InputHash = asked.InputHash,
            OperationId = Hashing.Id(32, "test-send", asked.Key, asked.InputHash),
            Locale = message.Locale,
            ClaimedAt = now,
        };
        Put(session, claim, now);
        if (!await session.CommitAsync(cancellation)) return new TestSendAnswer.Refused(RefusalCode.Conflict, "The same request is under way; ask again in two minutes.");
        try
        {
            return await channel.SendAsync(Outgoing(preview, message, claim, address, now), claim.OperationId, CancellationToken.None) switch
            {
                HandOver.Accepted => await SettleAsync(asked, claim, "sent", null),
                HandOver.Refused refused => await SettleAsync(asked, claim, "withheld", WithholdReasons.OfChannel(refused.Reason)),
                _ => Unknown(claim),
            };
        }
        catch (ChannelUnavailableException busy) when (busy.RetryAfter is { } pause)
        {
            // The provider said "not now": it does not have the message.
            var release = new PartitionSession(store, Keys.TestSendPartition(asked.Key));
            if (await release.ReadAsync<TestSendDocument>(DocumentId, CancellationToken.None) is { Result: null }) release.Delete(DocumentId);
            await release.CommitAsync(CancellationToken.None);
            return new TestSendAnswer.Refused(RefusalCode.RateLimited, "The provider takes nothing just now.") { RetryAfter = Duration.FromTimeSpan(pause) };
        }
        catch (ChannelUnavailableException)
        {
            // Whether it has the message only the provider knows: asked with the same key after the lease, it is looked up.
            return Unknown(claim);
        }
    }

    private OutgoingMessage Outgoing(TemplatePreview preview, PreviewMessage message, TestSendDocument claim, string address, Instant now) => new()
    {
        MessageId = "test-" + claim.OperationId,
        To = address,
        From = preview.From,
        Subject = SubjectMark + message.Subject,
        Html = message.Html,
        Text = message.Text,
        At = now,
        Headers = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty
            .Add(MessageHeaders.Template, preview.Template).Add(MessageHeaders.Test, "true").Add("List-Unsubscribe", $"<mailto:{programs.Current.SenderAddress}?subject=unsubscribe>"),
    };

    private async Task<TestSendAnswer> SettleAsync(IdempotentRequest asked, TestSendDocument claim, string result, string? reason)
    {
        var session = new PartitionSession(store, Keys.TestSendPartition(asked.Key));
        var known = await session.ReadAsync<TestSendDocument>(DocumentId, CancellationToken.None);
        return await SettleAsync(session, known ?? claim, result, reason, CancellationToken.None);
    }

    private async Task<TestSendAnswer> SettleAsync(PartitionSession session, TestSendDocument known, string result, string? reason, CancellationToken cancellation)
    {
        var settled = known with { Result = result, Reason = reason };
        Put(session, settled, clock.GetCurrentInstant());
        // Lost to somebody who asked the channel at the same time: the answer is the same.
        await session.CommitAsync(cancellation);
        return Done(settled, result, reason);
    }

    private static void Put(PartitionSession session, TestSendDocument document, Instant now) =>
        session.Put(DocumentId, Kinds.TestSend, document, wakeAt: null, Retention.Until(now, Kept));

    private static TestSendAnswer Unknown(TestSendDocument claim) => Done(claim, "unknown", "ask again with the same key in two minutes");

    private static TestSendAnswer Done(TestSendDocument document, string result, string? reason) => new TestSendAnswer.Done(result, reason, document.Locale, document.OperationId);
}

/// <summary>A test message.</summary>
public sealed record TestSendRequest
{
    /// <summary>Where it goes: an e-mail address, or a phone number where the channel takes those.</summary>
    public required string Address { get; init; }

    /// <summary>A channel of program.yaml; null: e-mail.</summary>
    public string? Channel { get; init; }

    /// <summary>As in <see cref="PreviewRequest.Customer"/>.</summary>
    public string? Customer { get; init; }

    /// <summary>BCP 47; null: the program's default.</summary>
    public string? Locale { get; init; }

    /// <summary>As in <see cref="PreviewRequest.Files"/>.</summary>
    public Dictionary<string, string?>? Files { get; init; }
}

/// <summary>What came of a test message; a closed set.</summary>
public abstract record TestSendAnswer
{
    private TestSendAnswer()
    {
    }

    /// <param name="Result"><c>sent</c>, <c>withheld</c>, <c>expired</c> (nobody can tell whether it went), or <c>unknown</c>: not settled yet.</param>
    /// <param name="Reason">Why it was not sent, see docs/reference/errors.md; null: it was.</param>
    /// <param name="Locale">The language that was sent.</param>
    /// <param name="OperationId">What the provider knows it by.</param>
    public sealed record Done(string Result, string? Reason, string Locale, string OperationId) : TestSendAnswer;

    /// <summary>It was not tried.</summary>
    public sealed record Refused(RefusalCode Code, string Detail) : TestSendAnswer
    {
        /// <summary>When to try again; null: not told.</summary>
        public Duration? RetryAfter { get; init; }
    }
}

/// <summary>A test message that was claimed; without the address.</summary>
internal sealed record TestSendDocument
{
    public required string InputHash { get; init; }
    public required string OperationId { get; init; }
    public required string Locale { get; init; }
    public required Instant ClaimedAt { get; init; }

    /// <summary>null: not known yet.</summary>
    public string? Result { get; init; }
    public string? Reason { get; init; }
}
