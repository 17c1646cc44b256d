using System.Globalization;
using System.Text;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

/// <summary>A file that somebody made to break the loader, or by a bad mistake.</summary>
/// <param name="Name">What is bad about it.</param>
/// <param name="Path">Which file of the program it stands for.</param>
/// <param name="Bytes">The file.</param>
/// <param name="Code">The finding it gets; null: it is fine.</param>
public sealed record HostileFile(string Name, string Path, ReadOnlyMemory<byte> Bytes, string? Code)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Name}";
}

/// <summary>Hostile files, one of each kind: tests ask what is found in them, the benchmark how long that takes.</summary>
public static class HostileFiles
{
    private const string Journey = "journeys/trial.yaml";
    private const string Program = "program.yaml";
    private const string Offers = "offers.yaml";
    private const string Template = "templates/hello/en.hbs";

    private const string Head = "journey: trial\ntopic: offers\nenter: { event: customer.signed-up }\n";

    private const string ProgramText = """
        program: shop
        zone: Europe/Sofia
        currency: EUR
        locales: [en]
        topics: { offers: Offers }
        contact: { caps: [ { at-most: 2, per: week }, { at-most: 4, per: month } ] }
        facts: { size: text }

        """;

    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<HostileFile> All { get; } = [.. Yaml(), .. Encodings(), .. Journeys(), .. Conditions(), .. Programs(), .. Templates()];

    /// <summary>Loads a program in which one file is this one.</summary>
    public static ProgramLoad Load(HostileFile file) => ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal)
    {
        [Program] = Encoding.UTF8.GetBytes(ProgramText),
        [Journey] = Encoding.UTF8.GetBytes(Head + "steps: [ { name: hello, send: hello } ]\n"),
        [Template] = Encoding.UTF8.GetBytes("subject: Hello\n---\n<p>Hello</p>"),
        [file.Path] = file.Bytes,
    });

    private static HostileFile File(string name, string text, string? code, string path = Journey) => new(name, path, Encoding.UTF8.GetBytes(text), code);

    private static HostileFile Steps(string name, string steps, string? code) => File(name, Head + "steps:\n" + steps, code);

    private static string Many(int count, Func<int, string> part) => string.Concat(Enumerable.Range(0, count).Select(part));

    private static string Many(int count, string part) => string.Concat(Enumerable.Repeat(part, count));

    private static IEnumerable<HostileFile> Yaml() =>
    [
        File("10,000 lists in each other", "steps: " + Many(10_000, "["), FindingCodes.NotPlainYaml),
        File("10,000 groups in each other", Many(10_000, "{a: "), FindingCodes.NotPlainYaml),
        File("1,000 indented keys", Many(1000, static i => new string(' ', i) + "a:\n"), FindingCodes.NotPlainYaml),
        File("10,000 dashes in a line", Many(10_000, "- "), FindingCodes.NotPlainYaml),
        File("10,000 questions in a line", Many(10_000, "? "), FindingCodes.NotPlainYaml),
        File("an anchor", "a: &a [x]\nb: *a", FindingCodes.NotPlainYaml),
        File("an alias bomb", "a: &a [l, l]\n" + Many(20, static i => $"b{i}: &b{i} [*a, *a]\n"), FindingCodes.NotPlainYaml),
        File("an alias that holds itself", "a: &a [*a]", FindingCodes.NotPlainYaml),
        File("a merge of an alias", "a: &a { b: c }\nd: { <<: *a }", FindingCodes.NotPlainYaml),
        File("a tag of a language", "a: !!python/object x", FindingCodes.NotPlainYaml),
        File("a tag of its own", "journey: !name trial", FindingCodes.NotPlainYaml),
        File("a second document", "journey: trial\n---\njourney: trial", FindingCodes.NotPlainYaml),
        File("a key that is a list", "? [a, b]\n: c", FindingCodes.NotPlainYaml),
        File("a key twice", "journey: trial\njourney: trial", FindingCodes.DuplicateKey),
        File("20,000 keys twice", Many(20_000, "a: b\n"), FindingCodes.DuplicateKey),
        File("5 MB", "journey: " + new string('x', 5_000_000), FindingCodes.TooLarge),
        File("100,000 parts", "a: [" + Many(100_000, "x,") + "]", FindingCodes.NotPlainYaml),
        File("a text of 1 MiB", Head + "title: " + new string('x', (1 << 20) - 100), FindingCodes.TooLarge),
        File("a folded text of 1 MiB", Head + "title: >\n" + Many(60_000, "  some more of it\n"), FindingCodes.TooLarge),
        File("a quoted text of 1 MiB in escapes", Head + "title: \"" + Many(100_000, "\\u0041") + "\"\n", FindingCodes.TooLarge),
        File("a list that is not closed", "a: [1, 2", FindingCodes.Syntax),
        File("a quote that is not closed", "a: \"b", FindingCodes.Syntax),
        File("a quote of 1 MiB that is not closed", "a: \"" + Many(100_000, "b c d e "), FindingCodes.Syntax),
        File("a key of 100,000 letters", new string('k', 100_000) + ": v", FindingCodes.Syntax),
        File("a directive of a version to come", "%YAML 3.9\n---\na: b", FindingCodes.Syntax),
        File("50,000 directives", Many(50_000, "%FOO bar\n") + "---\na: b", FindingCodes.UnknownKey),
        File("escapes that mean nothing", "a: \"\\uD800 \\xZZ\"", FindingCodes.Syntax),
        File("20,000 unknown keys", Many(20_000, static i => $"jorney{i}: x\n"), FindingCodes.UnknownKey),
        File("a million spaces", new string(' ', 1_000_000) + "a", FindingCodes.WrongType),
        File("half a million empty lines", Head + new string('\n', 500_000), FindingCodes.Missing),
        File("100,000 comments", Many(100_000, "# more\n"), FindingCodes.Missing),
        File("nothing", "", FindingCodes.Missing),
        File("a comment alone", "# nothing", FindingCodes.Missing),
        File("a list instead of keys", "- a\n- b", FindingCodes.WrongType),
        File("a word instead of keys", "journey", FindingCodes.WrongType),
    ];

    private static IEnumerable<HostileFile> Encodings() =>
    [
        new("a byte that is no UTF-8", Journey, new byte[] { 0x61, 0x3a, 0x20, 0xff, 0xfe }, FindingCodes.Unreadable),
        new("a character cut in two", Journey, (byte[])[.. "a: "u8, 0xd0], FindingCodes.Unreadable),
        new("1 MiB of bytes that are no UTF-8", Journey, Enumerable.Repeat((byte)0x80, 1 << 20).ToArray(), FindingCodes.Unreadable),
        new("UTF-16 with its mark", Journey, (byte[])[0xff, 0xfe, .. Encoding.Unicode.GetBytes(Head)], FindingCodes.Unreadable),
        new("UTF-16 without a mark", Journey, Encoding.Unicode.GetBytes(Head), FindingCodes.Syntax),
        new("UTF-8 with its mark", Journey, (byte[])[.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Head + "steps: [ { name: hello, send: hello } ]\n")], null),
        File("a NUL", "a: \0b", FindingCodes.Syntax),
        File("a tab before a key", Head + "steps:\n\t- { name: a, wait: 1d }", FindingCodes.Syntax),
        File("a tab behind a key", "journey:\ttrial\ntopic:\toffers\nenter:\t{ event: customer.signed-up }\nsteps:\t[ { name: a, wait: 1d } ]\n", null),
        File("lines of another system", (Head + "steps: [ { name: hello, send: hello } ]\n").ReplaceLineEndings("\r\n"), null),
        File("old line breaks", "journey: trial\rjourney: trial\r", FindingCodes.DuplicateKey),
        File("letters that look alike", Head.Replace("enter", "еnter", StringComparison.Ordinal), FindingCodes.UnknownKey),
    ];

    private static IEnumerable<HostileFile> Journeys() =>
    [
        Steps("keys instead of a list of steps", "  name: a\n", FindingCodes.WrongType),
        File("a text instead of steps", Head + "steps: soon\n", FindingCodes.WrongType),
        File("lists instead of texts", "journey: [trial]\ntitle: { a: b }\ntopic: [offers]\nenter: []\nholdout: [10%]\ngoal: 7\nexit: { }\nsteps: [ [], 7, { name: {}, wait: [] } ]\n", FindingCodes.WrongType),
        Steps("12,000 steps", Many(12_000, static i => $"  - {{ name: s{i}, wait: 1d }}\n"), FindingCodes.NotPlainYaml),
        Steps("5,000 steps", Many(5000, static i => $"  - {{ name: s{i}, wait: 1d }}\n"), FindingCodes.TooLarge),
        Steps("900 steps that leave values", Many(900, static i => $"  - {{ name: s{i}, award: 10, refused: [ {{ name: r{i}, wait: 1d }} ] }}\n"), FindingCodes.TooLarge),
        Steps("450 steps that leave values", Many(450, static i => $"  - {{ name: s{i}, award: 10, refused: [ {{ name: r{i}, wait: 1d }} ] }}\n"), null),
        Steps("900 messages in a row", Many(900, static i => $"  - {{ name: s{i}, send: hello }}\n"), FindingCodes.TooManySends),
        Steps("4,000 cases", "  - name: c\n    choose:\n" + Many(4000, static i => $"    - {{ case: c{i}, when: customer.orders = {i}, steps: [ {{ name: s{i}, wait: 1d }} ] }}\n"), FindingCodes.TooLarge),
        Steps("branches in each other", Nested(14, static i => $"{{ name: c{i}, choose: [ {{ case: k{i}, otherwise: true, steps: [", "] } ] }"), FindingCodes.TooLarge),
        Steps("repeats in each other", Nested(11, static i => $"{{ name: r{i}, repeat: {{ at-most: 200, steps: [", "] } }"), FindingCodes.TooManySends),
        Steps("repeats with conditions in each other", Nested(11, static i => $"{{ name: r{i}, repeat: {{ at-most: 200, while: customer.orders < 5, steps: [", "] } }"), FindingCodes.TooManySends),
        Steps("waits in each other with many cases", Nested(11, static i => $"{{ name: w{i}, wait-for: {{ any: [ {Many(30, c => $"{{ case: w{i}-{c}, event: order.paid }},")} ], up-to: 3d }}, in-time: [", "] }"), null),
        Steps("choices that double the ways", Many(60, static i => $"  - {{ name: c{i}, choose: [ {{ case: a{i}, when: customer.orders > {i}, steps: [ {{ name: s{i}, send: hello }}, {{ name: w{i}, wait: 1h }} ] }} ] }}\n"), FindingCodes.TooManySends),
        Steps("a share of many digits", "  - { name: a, split: [ { arm: x, share: 0." + new string('1', 10_000) + "%, steps: [ { name: b, wait: 1d } ] } ] }\n", FindingCodes.BadShares),
        Steps("numbers that are too great", "  - { name: a, repeat: { at-most: 99999999999999999999, every: 999999999999d, steps: [ { name: b, wait: 9999999999999y } ] } }\n", FindingCodes.WrongType),
        Steps("4,000 unknown options", "  - { name: a, wait: 1d, " + Many(4000, static i => $"too-lat{i}: 1,") + " }\n", FindingCodes.UnknownKey),
        Steps("900 unknown templates", Many(900, static i => $"  - {{ name: s{i}, send: hellp{i} }}\n"), FindingCodes.UnknownTemplate),
    ];

    private static IEnumerable<HostileFile> Conditions() =>
    [
        Condition("brackets in each other", new string('(', 900) + "true" + new string(')', 900), FindingCodes.BadCondition),
        Condition("10,000 brackets", new string('(', 10_000), FindingCodes.BadCondition),
        Condition("not in front of not", Many(480, "not ") + "true", FindingCodes.BadCondition),
        Condition("500 joined by or", "customer.orders = 1" + Many(80, static i => $" or customer.orders = {i}"), null),
        Condition("a sum of 900 parts", "1 = 1" + Many(900, " +1"), FindingCodes.BadCondition),
        Condition("900,000 characters", Many(40_000, "customer.orders = 1 or ") + "true", FindingCodes.BadCondition),
        Condition("a list of 900 texts", "customer.country in [" + Many(380, "'a',") + "'b']", FindingCodes.BadCondition),
        Condition("a number of 1,000 digits", "customer.orders = " + new string('9', 1000), FindingCodes.BadCondition),
        Condition("a text that is not closed", "customer.country = 'BG", FindingCodes.BadCondition),
        Condition("code", "System.IO.File.Delete('/') or customer.orders = 1", FindingCodes.BadCondition),
        Steps("1,000 conditions with unknown names", Many(330, static i => $"  - {{ name: c{i}, choose: [ {{ case: k{i}, when: customer.facts.siz{i} = 'x', steps: [ {{ name: s{i}, wait: 1d }} ] }} ] }}\n"), FindingCodes.BadCondition),
    ];

    private static IEnumerable<HostileFile> Programs() =>
    [
        File("10,000 lists in each other", "program: " + Many(10_000, "["), FindingCodes.NotPlainYaml, Program),
        File("wrong types everywhere", "program: []\nzone: {}\ncurrency: []\nlocales: {}\nsender: x\ntopics: []\nfacts: 7\nevents: []\nwallets: x\nearning: { }\ntiers: []\ngames: {}\nsignals: []\nmeasures: []\nendpoints: 1\nholdout: []\nassets: []\nreferrals: []\ncontact: []\nchannels: []\npay: 1\nrates: {}\nclose: []\n", FindingCodes.WrongType, Program),
        File("a zone of 1 MiB", ProgramText.Replace("Europe/Sofia", new string('z', 1_000_000), StringComparison.Ordinal), FindingCodes.BadValue, Program),
        File("12,000 facts and 2,000 rules", ProgramText.Replace("facts: { size: text }", "facts: {" + Many(12_000, static i => $"f{i}: text,") + "}", StringComparison.Ordinal)
            + "earning:\n" + Many(2000, static i => $"  - {{ rule: r{i}, event: order.paid, points: 1, when: customer.facts.f{i} = 'x' }}\n"), FindingCodes.TooLarge, Program),
        File("900 facts and 900 rules with unknown names", ProgramText.Replace("facts: { size: text }", "facts: {" + Many(900, static i => $"size-{i}: text,") + "}", StringComparison.Ordinal)
            + "earning:\n" + Many(900, static i => $"  - {{ rule: r{i}, event: order.paid, points: 1, when: customer.facts.sise-{i} = 'x' }}\n"), FindingCodes.BadCondition, Program),
        File("900 multipliers", ProgramText + "earning:\n  - { rule: base, event: order.paid, per-amount: 1 }\n" + Many(900, static i => $"  - {{ rule: r{i}, event: order.paid, multiply: 2, of: [ base ] }}\n"), null, Program),
        File("a key twice", ProgramText + "zone: Europe/Sofia\n", FindingCodes.DuplicateKey, Program),
        File("an alias bomb", "a: &a [l, l]\n" + Many(20, static i => $"b{i}: &b{i} [*a, *a]\n"), FindingCodes.NotPlainYaml, Program),
        File("5,000 offers", "offers:\n" + Many(5000, static i => $"  o{i}: {{ title: T, gives: 10% }}\n"), FindingCodes.TooLarge, Offers),
        File("wrong types everywhere", "offers: []\ndraws: 7\n", FindingCodes.WrongType, Offers),
        File("5 MB", "offers: " + new string('x', 5_000_000), FindingCodes.TooLarge, Offers),
        File("an address that never ends", ProgramText + "url: https://" + new string('a', 900_000) + "\n", FindingCodes.BadValue, Program),
    ];

    private static IEnumerable<HostileFile> Templates() =>
    [
        File("25,000 variables", "subject: Hello\n---\n" + Many(25_000, static i => string.Create(CultureInfo.InvariantCulture, $"{{{{v{i}}}}}")), FindingCodes.TemplateVariable, Template),
        File("2,001 variables", "subject: Hello\n---\n" + Many(2_001, static i => string.Create(CultureInfo.InvariantCulture, $"{{{{v{i}}}}}")), FindingCodes.TooLarge, Template),
        File("10,000 blocks in each other", "subject: Hello\n---\n" + Many(10_000, "{{#if customer.first-name}}") + Many(10_000, "{{/if}}"), FindingCodes.TooLarge, Template),
        File("250,000 bytes of variables", "subject: Hello\n---\n" + Many(60_000, "{{a}}")[..250_000], FindingCodes.TemplateVariable, Template),
        File("5 MB", "subject: Hello\n---\n" + new string('x', 5_000_000), FindingCodes.TooLarge, Template),
        File("80,000 tags that are not closed", "subject: Hello\n---\n" + Many(80_000, "{{ "), null, Template),
        File("30 blocks in each other", "subject: Hello\n---\n" + Many(30, "{{#if customer.first-name}}") + Many(30, "{{/if}}"), null, Template),
        new("no UTF-8", Template, (byte[])[.. "subject: Hello\n---\n"u8, 0xff], FindingCodes.Unreadable),
    ];

    private static HostileFile Condition(string name, string condition, string? code) =>
        Steps("condition: " + name, $"  - {{ name: c, choose: [ {{ case: k, when: \"{condition}\", steps: [ {{ name: s, wait: 1d }} ] }} ] }}\n", code);

    private static string Nested(int levels, Func<int, string> open, string close) =>
        "  [ " + Many(levels, open) + "{ name: inner, send: hello }" + Many(levels, close) + " ]\n";
}
