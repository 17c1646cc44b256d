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
public sealed class TemplateException : Exception
{
    public TemplateException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <param name="faults">At least one; the message is the first.</param>
    /// <param name="inner">What the template engine threw, if it did.</param>
    public TemplateException(IReadOnlyList<TemplateFault> faults, Exception? inner = null)
        : base(faults[0].ToString(), inner) => Faults = faults;

    /// <summary>Everything that is wrong, each with its place; empty: what is wrong has none, such as a template that is not there.</summary>
    public IReadOnlyList<TemplateFault> Faults { get; } = [];
}

/// <summary>Something that a template gets wrong.</summary>
/// <param name="File">As its source calls it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="What">What is wrong and what to do, without a full stop.</param>
public sealed record TemplateFault(string File, int Line, int Column, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}: {What}.";
}
