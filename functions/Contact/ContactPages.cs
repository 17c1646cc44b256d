using System.Globalization;
using System.Net;
using System.Text;
using Loyalty.Core;
using Loyalty.Engine.Contact;
using Loyalty.Functions.Http;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Contact;

/// <summary>The pages behind signed links: plain HTML without scripts, not kept by anybody on the way, telling no other site where the reader came from.</summary>
internal static class ContactPages
{
    private const string Style = "body{font:17px/1.5 system-ui,sans-serif;margin:0;background:#f5f5f4;color:#1c1917}main{max-width:34rem;margin:3rem auto;padding:2rem;background:#fff;border-radius:12px}"
        + "button{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:8px;background:#1d4ed8;color:#fff;cursor:pointer}label{display:block;margin:.6rem 0}textarea,select,input[type=number]{font:inherit;width:100%;box-sizing:border-box;padding:.5rem}"
        + ".pending{margin:.2rem 0 .2rem 1.8rem;font-size:.9em}"
        + "@media(prefers-color-scheme:dark){body{background:#1c1917;color:#f5f5f4}main{background:#292524}}";

    /// <summary>A button that takes a topic back.</summary>
    public static IResult Unsubscribe(string program, string locale) => Page(
        ContactWords.Of(locale).Unsubscribe, program, $"<p>{E(ContactWords.Of(locale).UnsubscribeAsk)}</p><form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\"><button>{E(ContactWords.Of(locale).Unsubscribe)}</button></form>", locale);

    /// <summary>It is done.</summary>
    public static IResult Done(string program, string text, string locale) => Page(program, program, $"<p>{E(text)}</p>", locale);

    /// <summary>Every topic with a box. Ticked is what was agreed to; what still waits for its confirmation is said to, with a button where this link can confirm it.</summary>
    public static IResult Preferences(string program, IReadOnlyList<TopicChoice> choices, string locale)
    {
        var words = ContactWords.Of(locale);
        var boxes = new StringBuilder();
        foreach (var one in choices)
        {
            boxes.Append(CultureInfo.InvariantCulture, $"<label><input type=\"checkbox\" name=\"topic\" value=\"{E(one.Key)}\"{(one.IsGiven ? " checked" : "")}> {E(Named(one))}</label>");
            if (!one.IsPending) continue;
            boxes.Append(CultureInfo.InvariantCulture, $"<p class=\"pending\">{E(words.Pending)}</p><label class=\"pending\"><input type=\"checkbox\" name=\"decline\" value=\"{E(one.Key)}\"> {E(words.Decline)}</label>");
        }

        return Page(words.Preferences, program, $"{Confirm(choices, words)}<p>{E(words.PreferencesAsk)}</p><form method=\"post\">{boxes}<p><button>{E(words.Save)}</button></p></form>", locale);
    }

    /// <summary>One press confirms what this link can confirm, and leaves everything else as it is.</summary>
    private static string Confirm(IReadOnlyList<TopicChoice> choices, ContactWords words)
    {
        var waiting = choices.Where(static one => one is { IsPending: true, IsConfirmable: true }).ToList();
        if (waiting.Count == 0) return "";
        var kept = string.Concat(choices.Where(static one => one.IsGiven).Concat(waiting).Select(static one => $"<input type=\"hidden\" name=\"topic\" value=\"{E(one.Key)}\">"));
        return $"<form method=\"post\">{kept}<p><button>{E($"{words.Confirm}: {string.Join(", ", waiting.Select(Named))}")}</button></p></form>";
    }

    private static string Named(TopicChoice one) => one.Channel == "email" ? one.Title : $"{one.Title} ({one.Channel})";

    /// <summary>Kind, rating, text.</summary>
    public static IResult Feedback(string program, string locale, string? problem = null)
    {
        var words = ContactWords.Of(locale);
        var kinds = string.Concat(AnswersUseCase.Kinds.Select(kind => $"<option value=\"{kind}\">{E(words.Kinds[kind])}</option>"));
        var said = problem is null ? "" : $"<p role=\"alert\">{E(problem)}</p>";
        return Page(
            words.Feedback,
            program,
            $"{said}<form method=\"post\"><label>{E(words.Kind)}<select name=\"kind\">{kinds}</select></label><label>{E(words.Rating)}<input type=\"number\" name=\"rating\" min=\"0\" max=\"10\"></label>"
            + $"<label>{E(words.Text)}<textarea name=\"text\" rows=\"6\" maxlength=\"{AnswersUseCase.MaxText}\"></textarea></label><p><button>{E(words.Send)}</button></p></form>",
            locale,
            problem is null ? 200 : 422);
    }

    /// <summary>Whatever is wrong with a link: one answer.</summary>
    public static IResult NotFound(HttpRequest request) => Refused(request, RefusalCode.NotFound, "This link is not valid any more.");

    /// <summary>Too many at once.</summary>
    public static IResult TooMany(HttpRequest request, int seconds)
    {
        request.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Refused(request, RefusalCode.RateLimited, "Too many requests. Please try again in a minute.");
    }

    private static IResult Refused(HttpRequest request, RefusalCode code, string text)
    {
        // A person's browser asks for HTML; everybody else gets the document that every refusal is.
        if (!request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)) return Problems.Result(code, text);
        return Page("Loyalty", "Loyalty", $"<p>{E(text)}</p>", "en", Engine.Refusals.RefusalTable.Status(code));
    }

    private static HtmlResult Page(string title, string program, string body, string locale, int status = 200) => new(
        $"<!doctype html><html lang=\"{E(locale)}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\">"
        + $"<title>{E(title)}</title><style>{Style}</style></head><body><main><h1>{E(program)}</h1>{body}</main></body></html>",
        status);

    private static string E(string text) => WebUtility.HtmlEncode(text);

    private sealed class HtmlResult(string html, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = status;
            response.ContentType = "text/html; charset=utf-8";
            response.Headers.CacheControl = "no-store";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
            return response.WriteAsync(html);
        }
    }
}
