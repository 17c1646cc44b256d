using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Delivery.Templates;
using Loyalty.Engine.Ports;

namespace Loyalty.Functions.Journeys;

/// <summary>Renders with the newest published templates: they are versioned apart from journeys, so every version's messages get them.</summary>
public sealed class LiveRenderer(IProgramSource programs) : IMessageRenderer
{
    private Made? _made;

    /// <inheritdoc/>
    public RenderedMessage Render(string template, string? locale, IReadOnlyDictionary<string, AttributeValue> values)
    {
        var program = programs.Current;
        var made = _made;
        if (made is null || !ReferenceEquals(made.Files, program.Files))
        {
            var source = new FileTemplateSource(program.Files);
            made = new Made(program.Files, new HandlebarsRenderer(source, program.DefaultLocale, program.Model.TimeZone));
            _made = made;
        }

        return made.Renderer.Render(template, locale, values);
    }

    private sealed record Made(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Files, HandlebarsRenderer Renderer);
}
