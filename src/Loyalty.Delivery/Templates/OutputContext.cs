using System.Text;

namespace Loyalty.Delivery.Templates;

/// <summary>
/// Gives every value of an HTML template the encoding of the place it stands in. Text and quoted attributes are encoded by
/// Handlebars; at the start of an address (<c>href</c>, <c>src</c>, …) a value passes <see cref="SafeUrl"/>, further inside
/// it is percent-encoded. Where no encoding is safe (a script, a style, an event handler, a tag's or attribute's name, an
/// unquoted attribute, a raw value) the template is refused.
/// </summary>
internal sealed class OutputContext
{
    /// <summary>Helpers that this class puts around values; templates do not write them.</summary>
    public const string UrlHelper = "url-whole", UrlPartHelper = "url-part";

    private static readonly string[] Addresses =
        ["href", "src", "action", "formaction", "background", "poster", "cite", "data", "longdesc", "usemap", "xlink:href"];

    private readonly string _file;
    private readonly string _html;
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _name = new();
    private Place _place = Place.Text;
    private string _attribute = "";
    private string _element = "";
    private char _quote;
    private bool _atStart;
    private readonly int _firstLine;
    private readonly TemplateFaults _faults;
    private int _at;

    private OutputContext(string file, string html, int firstLine, TemplateFaults faults)
    {
        _file = file;
        _html = html;
        _firstLine = firstLine;
        _faults = faults;
    }

    private enum Place
    {
        Text,
        TagName,
        Tag,
        AttributeName,
        AfterAttributeName,
        BeforeValue,
        Value,
        Comment,
        RawText,
    }

    /// <summary>The template with its addresses encoded.</summary>
    /// <param name="file">What to call it.</param>
    /// <param name="html">The template.</param>
    /// <param name="firstLine">The line of the file on which it begins.</param>
    /// <param name="faults">Where values that stand where no encoding is safe are told; what comes back is then of no use.</param>
    public static string Apply(string file, string html, int firstLine, TemplateFaults faults) => new OutputContext(file, html, firstLine, faults).Run();

    private string Run()
    {
        while (_at < _html.Length)
        {
            if (Starts("{{"))
            {
                Handlebars();
                continue;
            }

            var c = _html[_at];
            Step(c);
            _out.Append(c);
            _at++;
        }

        if (_place is not (Place.Text or Place.RawText)) Error("a tag, attribute or comment is opened and never closed");
        return _out.ToString();
    }

    private bool Starts(string text) => _html.AsSpan(_at).StartsWith(text, StringComparison.OrdinalIgnoreCase);

    private void Handlebars()
    {
        var close = Starts("{{!--") ? "--}}" : Starts("{{{") ? "}}}" : "}}";
        var end = _html.IndexOf(close, _at, StringComparison.Ordinal);
        if (end < 0)
        {
            // Told by the scan of the tags, with its line.
            _out.Append(_html, _at, _html.Length - _at);
            _at = _html.Length;
            return;
        }

        var whole = _html[_at..(end + close.Length)];
        var inner = whole.Trim('{', '}').Trim('~').Trim();
        if (_place != Place.Text && (inner.StartsWith('>') || inner.StartsWith("#>", StringComparison.Ordinal)))
            Error("a partial can stand between tags only");
        if (IsValue(inner, whole)) Value(whole, inner);
        else _out.Append(whole);
        _at = end + close.Length;
    }

    private static bool IsValue(string inner, string whole) =>
        whole.StartsWith("{{{", StringComparison.Ordinal)
        || (inner.Length > 0 && inner[0] is not ('!' or '#' or '/' or '^' or '>')
            && inner != "else" && !inner.StartsWith("else ", StringComparison.Ordinal));

    private void Value(string whole, string inner)
    {
        if (whole.StartsWith("{{{", StringComparison.Ordinal) || inner.StartsWith('&'))
        {
            Error("a value would be shown without encoding; write it with two braces");
            return;
        }

        switch (_place)
        {
            case Place.Text:
                _out.Append(whole);
                return;
            case Place.BeforeValue:
            case Place.Value when _quote == '\0':
                Error($"the value of {_attribute} needs quotes around it");
                return;
            case Place.Value when _attribute.StartsWith("on", StringComparison.Ordinal) || _attribute is "style" or "srcset" or "srcdoc":
                Error($"a value cannot stand in {_attribute}: no encoding is safe there");
                return;
            case Place.Value when Array.IndexOf(Addresses, _attribute) >= 0:
                if (inner.AsSpan().ContainsAny(' ', '(', '"')) Error($"in {_attribute} only a plain value can stand, not a helper");
                _out.Append("{{").Append(_atStart ? UrlHelper : UrlPartHelper).Append(' ').Append(inner).Append("}}");
                _atStart = false;
                return;
            case Place.Value:
                _out.Append(whole);
                return;
            case Place.RawText:
                Error($"a value cannot stand in <{_element}>: no encoding is safe there");
                return;
            case Place.Comment:
                Error("a value cannot stand in a comment");
                return;
            default:
                Error("a value can stand in text and in quoted attributes only");
                return;
        }
    }

    private void Step(char c)
    {
        switch (_place)
        {
            case Place.Text when Starts("<!--"):
                _place = Place.Comment;
                break;
            case Place.Text when c == '<' && _at + 1 < _html.Length && (char.IsAsciiLetter(_html[_at + 1]) || _html[_at + 1] is '/' or '{'):
                _place = Place.TagName;
                _name.Clear();
                break;
            case Place.Comment when c == '>' && _html.AsSpan(0, _at).EndsWith("--"):
                _place = Place.Text;
                break;
            case Place.RawText when Starts("</" + _element):
                _place = Place.TagName;
                _name.Clear();
                break;
            case Place.TagName or Place.Tag or Place.AttributeName or Place.AfterAttributeName or Place.BeforeValue:
                InTag(c);
                break;
            case Place.Value:
                InValue(c);
                break;
            default:
                break;
        }
    }

    private void InTag(char c)
    {
        if (c == '>')
        {
            EndTag();
            return;
        }

        switch (_place)
        {
            case Place.TagName when char.IsWhiteSpace(c):
                _place = Place.Tag;
                _element = _name.ToString().ToLowerInvariant();
                break;
            case Place.TagName:
                _name.Append(c);
                break;
            case Place.AttributeName or Place.AfterAttributeName when c == '=':
                _attribute = _name.ToString().ToLowerInvariant();
                _place = Place.BeforeValue;
                break;
            case Place.AttributeName when char.IsWhiteSpace(c):
                _place = Place.AfterAttributeName;
                break;
            case Place.AttributeName:
                _name.Append(c);
                break;
            case Place.Tag or Place.AfterAttributeName when !char.IsWhiteSpace(c) && c != '/':
                _name.Clear().Append(c);
                _place = Place.AttributeName;
                break;
            case Place.BeforeValue when !char.IsWhiteSpace(c):
                _quote = c is '"' or '\'' ? c : '\0';
                _atStart = true;
                _place = Place.Value;
                break;
            default:
                break;
        }
    }

    private void EndTag()
    {
        if (_place == Place.TagName) _element = _name.ToString().ToLowerInvariant();
        _place = _element is "script" or "style" ? Place.RawText : Place.Text;
    }

    private void InValue(char c)
    {
        if (_quote == '\0')
        {
            if (c == '>') EndTag();
            else if (char.IsWhiteSpace(c)) _place = Place.Tag;
        }
        else if (c == _quote)
        {
            _place = Place.Tag;
        }
        else if (!char.IsWhiteSpace(c))
        {
            _atStart = false;
        }
    }

    private void Error(string what) => _faults.Add(_file, new TextPlace(_firstLine, 1).Behind(_html.AsSpan(0, _at)), what);
}
