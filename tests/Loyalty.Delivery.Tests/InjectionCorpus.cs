using System.Net;

namespace Loyalty.Delivery.Tests;

/// <summary>What people have typed into a name field to break out of a letter: seeds, each in several disguises.</summary>
internal static class InjectionCorpus
{
    private static readonly string[] Seeds =
    [
        "<script>alert(1)</script>", "</title><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>", "<body onload=alert(1)>", "<iframe src=javascript:alert(1)>", "<math><mi//xlink:href=\"javascript:alert(1)\">",
        "<a href=\"javascript:alert(1)\">x</a>", "<details open ontoggle=alert(1)>", "<input autofocus onfocus=alert(1)>", "<link rel=stylesheet href=//evil.example>",
        "<meta http-equiv=refresh content=\"0;url=//evil.example\">", "<base href=//evil.example/>", "<form action=//evil.example><button>", "<!--", "-->", "<!--><script>alert(1)</script>-->",
        "]]><script>alert(1)</script>", "<![CDATA[<script>alert(1)</script>]]>", "</style><script>alert(1)</script>", "</a></td></table><script>alert(1)</script>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "\" onmouseover=\"alert(1)", "' onmouseover='alert(1)", "\"><script>alert(1)</script>", "'><script>alert(1)</script>", "` onmouseover=`alert(1)", "\" style=\"background:url(javascript:alert(1))", "x\" href=\"javascript:alert(1)",
        "=\"x\" onfocus=\"alert(1)\" ", "/><img src=x onerror=alert(1)>", "\\\" onload=\\\"alert(1)", "&quot; onload=&quot;alert(1)", "&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;", "&lt;script&gt;alert(1)&lt;/script&gt;",
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", "java\r\nscript:alert(1)", "\u0001javascript:alert(1)", "javascript&colon;alert(1)", "javascript&#58;alert(1)", "jav&#x09;ascript:alert(1)",
        "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "vbscript:msgbox(1)", "file:///" + "etc/passwd", "//evil.example/x", "\\\\evil.example\\x", "/\\evil.example", "https:evil.example", "feed:javascript:alert(1)", "blob:https://evil.example/1",
        "view-source:javascript:alert(1)", "%6A%61vascript:alert(1)", "https://shop.example@evil.example/", "?x=1&y=2#z", "a&b=c", "a%26b%3Dc", "../../admin",
        "x\r\nBcc: all@evil.example", "x\nBcc: all@evil.example", "x\rBcc: all@evil.example", "x\r\n\r\n<html>", "x\r\n.\r\nMAIL FROM:<a@evil.example>", "x%0d%0aBcc: all@evil.example", "x\u2028Bcc: all@evil.example", "x\u0085Bcc: all@evil.example", "=?utf-8?B?DQpCY2M6IGE=?=", "=?utf-8?Q?=0D=0ABcc:_a?=",
        "\"Bank\" <bank@evil.example>", "a, b <c@evil.example>", "bank@shop.example\" <x@evil.example>", "(comment)@evil.example", "Undisclosed: recipients;",
        "\u202Egnp.exe", "\u202Dabc\u202C", "\u2066abc\u2069", "a\u200Bdmin", "\uFEFFadmin", "ad\u00ADmin", "\u061C\u200F\u200Etext", "pay\u2060pal", "\u180Eadmin", "\0", "\u0000<script>", "\u001B[31mred", "\uD800", "\uDFFFx", "\uFFF9annotation\uFFFB",
        "{{program.name}}", "{{{program.name}}}", "{{> layout}}", "{{#each this}}x{{/each}}", "{{lookup this \"constructor\"}}", "{{constructor.constructor \"alert(1)\"}}", "{{this}}", "}}{{program.url}}", "{{!--", "${alert(1)}", "#{7*7}", "<%= 7*7 %>", "[[7*7]]",
        "%s%s%n", "{0}{1}", "$(id)", "`id`", "'; DROP TABLE customers; --", "\u0130stanbul", "ﬀ", "A\u0301\u0301\u0301\u0301\u0301\u0301", "👩‍👩‍👧‍👦", "می‌خواهم", new string('<', 3000), new string('\"', 3000), new string('a', 20000),
    ];

    private static readonly Func<string, string>[] Disguises =
    [
        static s => s,
        static s => "Ann " + s + " Bob",
        static s => "https://shop.example/" + s,
        static s => WebUtility.HtmlEncode(s),
        static s => s + "\r\nX-Extra: 1",
        static s => "\u202E" + s + "\u200B",
        static s => s + s,
    ];

    /// <summary>More than 500 texts, none twice.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Seeds.SelectMany(seed => Disguises.Select(disguise => disguise(seed))).Distinct(StringComparer.Ordinal)];
}
