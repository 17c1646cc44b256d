using Loyalty.Delivery.Templates;
using Loyalty.Engine.Ports;

namespace Loyalty.Functions.Templates;

/// <summary>Handlebars for templates that are not live.</summary>
public sealed class TemplateRenderers : ITemplateRenderers
{
    /// <inheritdoc/>
    public IMessageRenderer Of(LiveProgram program) =>
        new HandlebarsRenderer(new FileTemplateSource(program.Files), program.DefaultLocale, program.Model.TimeZone);
}
