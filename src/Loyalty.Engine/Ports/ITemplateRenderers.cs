namespace Loyalty.Engine.Ports;

/// <summary>Makes renderers for templates that are not live: drafts, and programs that were read from a folder.</summary>
public interface ITemplateRenderers
{
    /// <summary>A renderer of the templates among a program's files.</summary>
    /// <param name="program">Its <see cref="LiveProgram.Files"/> are rendered.</param>
    IMessageRenderer Of(LiveProgram program);
}
