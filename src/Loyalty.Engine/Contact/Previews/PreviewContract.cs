using System.Collections.Immutable;
using Loyalty.Core;

namespace Loyalty.Engine.Contact.Previews;

/// <summary>What is to be shown of a template.</summary>
public sealed record PreviewRequest
{
    /// <summary>A customer's id, e-mail address or <c>source:shop:id</c>; null: the sample customer.</summary>
    public string? Customer { get; init; }

    /// <summary>BCP 47; null: every language the template is written in.</summary>
    public string? Locale { get; init; }

    /// <summary>A draft: templates by path (<c>templates/welcome/en.hbs</c>) over what is live; null takes one away.</summary>
    public Dictionary<string, string?>? Files { get; init; }
}

/// <summary>A template as it would be read.</summary>
/// <param name="Template">Its name.</param>
/// <param name="From">The sender.</param>
/// <param name="Customer">Whose values are shown; null: the sample customer's.</param>
/// <param name="UsedBy">Journeys that send it.</param>
/// <param name="Values">What it shows, by path.</param>
/// <param name="Messages">By language.</param>
public sealed record TemplatePreview(
    string Template, string From, string? Customer, ImmutableArray<string> UsedBy, ImmutableArray<PreviewValue> Values, ImmutableArray<PreviewMessage> Messages);

/// <summary>A value that a template shows.</summary>
/// <param name="Path">As the template writes it.</param>
/// <param name="Source"><c>customer</c>, <c>program</c>, <c>sample</c>, or <c>empty</c>: the customer has none, and nothing is shown.</param>
public sealed record PreviewValue(string Path, string Source);

/// <summary>A message in one language.</summary>
/// <param name="Locale">The template's file.</param>
/// <param name="Subject">One line.</param>
/// <param name="Html">The whole document.</param>
/// <param name="Text">For those who read no HTML.</param>
/// <param name="HtmlBytes">Of UTF-8; some mail programs cut a letter off above 102 KB.</param>
public sealed record PreviewMessage(string Locale, string Subject, string Html, string Text, int HtmlBytes);

/// <summary>A template and where it is used.</summary>
/// <param name="Name">Its folder under templates.</param>
/// <param name="Locales">The languages it is written in.</param>
/// <param name="UsedBy">Journeys that send it.</param>
public sealed record TemplateSummary(string Name, ImmutableArray<string> Locales, ImmutableArray<string> UsedBy);

/// <summary>What was answered; a closed set.</summary>
public abstract record PreviewAnswer
{
    private PreviewAnswer()
    {
    }

    /// <summary>It was rendered.</summary>
    public sealed record Done(TemplatePreview Preview) : PreviewAnswer;

    /// <summary>It cannot be shown.</summary>
    public sealed record Refused(RefusalCode Code, string Detail) : PreviewAnswer;
}
