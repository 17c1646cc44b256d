using Loyalty.Core;

namespace Loyalty.Engine.Ports;

/// <summary>Turns a template and values into a message's parts. Pure: the same input gives the same text.</summary>
public interface IMessageRenderer
{
    /// <param name="template">Folder under program/templates.</param>
    /// <param name="locale">The customer's BCP 47 locale; falls back ru-RU → ru → the program's default.</param>
    /// <param name="values">Full path → value: <c>customer.first-name</c>, <c>entry.order-id</c>, <c>points</c> (the send's with).</param>
    /// <exception cref="TemplateException">The template is missing or broken; the message names file, line and remedy.</exception>
    RenderedMessage Render(string template, string? locale, IReadOnlyDictionary<string, AttributeValue> values);
}

/// <summary>The parts of a message; <paramref name="Text"/> is made from the HTML where the template has none.</summary>
public sealed record RenderedMessage(string Locale, string Subject, string Html, string Text);

/// <summary>A template that cannot be used.</summary>
public sealed class TemplateException(string message, Exception? inner = null) : Exception(message, inner);
