using Loyalty.Core;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Access;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Contact;

/// <summary>Pages behind the signed links of messages. A GET shows a page and changes nothing: mail scanners and browsers open every link in advance.</summary>
public sealed class LinkFunctions(LinkGuard guard, AnswersUseCase answers, CustomerQueries customers, IProgramSource programs, DurableRunHands hands)
{
    [Function("UnsubscribePage")]
    [Access(Role.Signature)]
    [Operation("A page with a button that takes a topic back; changes nothing.", AnswerMediaType = "text/html", Refusals = [RefusalCode.NotFound, RefusalCode.RateLimited])]
    public async Task<IResult> UnsubscribePageAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "unsubscribe/{token}")] HttpRequest request, string token, CancellationToken cancellation) =>
        guard.Read(request, token, ContactPurpose.Unsubscribe, out var refusal) is { } known ? ContactPages.Unsubscribe(Title, await LocaleAsync(known, cancellation)) : refusal!;

    [Function("Unsubscribe")]
    [Access(Role.Signature)]
    [Operation("Takes a topic back, in one request without a question (RFC 8058).", BodyMediaTypes = ["application/x-www-form-urlencoded", "multipart/form-data"], AnswerMediaType = "text/html", Refusals = [RefusalCode.NotFound, RefusalCode.RateLimited])]
    public async Task<IResult> UnsubscribeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "unsubscribe/{token}")] HttpRequest request,
        string token,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        if (guard.Read(request, token, ContactPurpose.Unsubscribe, out var refusal) is not { } known) return refusal!;
        hands.Bind(client);
        var locale = await LocaleAsync(known, cancellation);
        return await answers.UnsubscribeAsync(known, cancellation) ? ContactPages.Done(Title, ContactWords.Of(locale).Unsubscribed, locale) : ContactPages.NotFound(request);
    }

    [Function("PreferencesPage")]
    [Access(Role.Signature)]
    [Operation("What the person has agreed to, topic by topic; changes nothing.", AnswerMediaType = "text/html", Refusals = [RefusalCode.NotFound, RefusalCode.RateLimited])]
    public async Task<IResult> PreferencesPageAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "preferences/{token}")] HttpRequest request, string token, CancellationToken cancellation)
    {
        if (guard.Read(request, token, ContactPurpose.Preferences, out var refusal) is not { } known) return refusal!;
        return await answers.ChoicesAsync(known, cancellation) is { } choices
            ? ContactPages.Preferences(Title, choices, await LocaleAsync(known, cancellation))
            : ContactPages.NotFound(request);
    }

    [Function("Preferences")]
    [Access(Role.Signature)]
    [Operation("Sets every topic; what is given by a link that came to the address itself is confirmed by it (double opt-in).", BodyMediaTypes = ["application/x-www-form-urlencoded"], AnswerMediaType = "text/html", Refusals = [RefusalCode.NotFound, RefusalCode.RateLimited, RefusalCode.UnsupportedMediaType, RefusalCode.BodyTooLarge, RefusalCode.MalformedBody])]
    public async Task<IResult> PreferencesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "preferences/{token}")] HttpRequest request,
        string token,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        if (guard.Read(request, token, ContactPurpose.Preferences, out var refusal) is not { } known) return refusal!;
        var (form, unread) = await LinkForm.ReadAsync(request, cancellation);
        if (form is null) return unread!;
        hands.Bind(client);
        var locale = await LocaleAsync(known, cancellation);
        var given = form["topic"].OfType<string>().ToHashSet(StringComparer.Ordinal);
        var declined = form["decline"].OfType<string>().Except(given, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        var words = ContactWords.Of(locale);
        if (await answers.ChooseAsync(known, given, declined, $"preference page ({locale}): {words.PreferencesAsk}", cancellation) is not { } waiting) return ContactPages.NotFound(request);
        return ContactPages.Done(Title, waiting.IsEmpty ? words.Saved : $"{words.Saved} {words.ConfirmThere}", locale);
    }

    [Function("FeedbackPage")]
    [Access(Role.Signature)]
    [Operation("A page to say something; changes nothing.", AnswerMediaType = "text/html", Refusals = [RefusalCode.NotFound, RefusalCode.RateLimited])]
    public async Task<IResult> FeedbackPageAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "feedback/{token}")] HttpRequest request, string token, CancellationToken cancellation) =>
        guard.Read(request, token, ContactPurpose.Feedback, out var refusal) is { } known ? ContactPages.Feedback(Title, await LocaleAsync(known, cancellation)) : refusal!;

    [Function("Feedback")]
    [Access(Role.Signature)]
    [Operation("Takes what the person says.", BodyMediaTypes = ["application/x-www-form-urlencoded"], AnswerMediaType = "text/html", Refusals = [RefusalCode.NotFound, RefusalCode.RateLimited, RefusalCode.UnsupportedMediaType, RefusalCode.BodyTooLarge, RefusalCode.MalformedBody])]
    public async Task<IResult> FeedbackAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "feedback/{token}")] HttpRequest request,
        string token,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        if (guard.Read(request, token, ContactPurpose.Feedback, out var refusal) is not { } known) return refusal!;
        var (form, unread) = await LinkForm.ReadAsync(request, cancellation);
        if (form is null) return unread!;
        var locale = await LocaleAsync(known, cancellation);
        var answer = new FeedbackAnswer
        {
            Kind = form["kind"].ToString(),
            Text = form["text"].ToString() is { Length: > 0 } text ? text : null,
            Reason = form["reason"].ToString() is { Length: > 0 } reason ? reason : null,
            Rating = form["rating"].ToString() is not { Length: > 0 } told ? null : int.TryParse(told, System.Globalization.CultureInfo.InvariantCulture, out var rating) ? rating : -1,
        };
        if (AnswersUseCase.Problem(answer) is { } problem) return ContactPages.Feedback(Title, locale, problem);
        hands.Bind(client);
        return await answers.AnswerAsync(known.CustomerId, answer, known.MessageId, "page", cancellation)
            ? ContactPages.Done(Title, ContactWords.Of(locale).Thanks, locale)
            : ContactPages.NotFound(request);
    }

    private string Title => programs.Current.SenderName ?? programs.Current.Model.Name;

    private async Task<string> LocaleAsync(ContactToken token, CancellationToken cancellation) =>
        (await customers.GetAsync(token.CustomerId, cancellation))?.Customer?.Profile.Locale?.Value ?? programs.Current.DefaultLocale;
}
