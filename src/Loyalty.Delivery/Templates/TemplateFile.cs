using Loyalty.Engine.Ports;

namespace Loyalty.Delivery.Templates;

/// <summary>
/// A template's parts. The file: a first line <c>subject: …</c>, a line <c>---</c>, the HTML; optionally a line
/// <c>--- text</c> and the plain text, which is otherwise made from the HTML.
/// </summary>
/// <param name="Name">What to call the file in an error.</param>
/// <param name="Subject">The subject's template, on line 1.</param>
/// <param name="SubjectColumn">The column on which it begins, from 1.</param>
/// <param name="Html">The HTML's template.</param>
/// <param name="HtmlLine">The line of the file on which the HTML begins, from 1.</param>
/// <param name="Text">The plain text's template, or null.</param>
/// <param name="TextLine">The line on which it begins.</param>
internal sealed record TemplateFile(string Name, string Subject, int SubjectColumn, string Html, int HtmlLine, string? Text, int TextLine)
{
    private const string SubjectKey = "subject:";

    public static TemplateFile Parse(string name, string content)
    {
        var lines = content.ReplaceLineEndings("\n").TrimStart('\uFEFF').Split('\n');
        if (!lines[0].StartsWith(SubjectKey, StringComparison.OrdinalIgnoreCase)
            || lines[0].Trim().Length == SubjectKey.Length)
            throw Wrong(1, "the first line must be \"subject: …\"");
        if (lines.Length < 2 || lines[1].Trim() != "---")
            throw Wrong(2, "a line with --- must follow the subject");
        var split = Array.FindIndex(lines, 2, static line => line.Trim() == "--- text");
        var html = string.Join('\n', split < 0 ? lines[2..] : lines[2..split]);
        if (string.IsNullOrWhiteSpace(html)) throw Wrong(3, "the message has no HTML");
        var subject = lines[0][SubjectKey.Length..].Trim();
        var column = 1 + SubjectKey.Length + lines[0][SubjectKey.Length..].TakeWhile(char.IsWhiteSpace).Count();
        if (split < 0) return new TemplateFile(name, subject, column, html, HtmlLine: 3, Text: null, TextLine: 0);
        var begins = Array.FindIndex(lines, split + 1, static line => line.Length > 0);
        var text = begins < 0 ? "" : string.Join('\n', lines[begins..]).TrimEnd('\n');
        return new TemplateFile(name, subject, column, html, HtmlLine: 3, text, TextLine: begins < 0 ? split + 1 : begins + 1);

        TemplateException Wrong(int line, string what) => new([new TemplateFault(name, line, 1, what)]);
    }
}
