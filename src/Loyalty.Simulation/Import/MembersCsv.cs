using System.Globalization;
using System.Text.Json;
using Loyalty.Core;

namespace Loyalty.Simulation.Import;

/// <summary>
/// Members and their points as CSV (docs/reference/import.md): one row a person, or several with the same <c>customer_id</c> or <c>email</c> where
/// points end at several moments; the person's own columns count in the first of them.
/// </summary>
public static class MembersCsv
{
    private static readonly (string Column, string Property)[] Columns =
    [
        ("customer_id", "customerId"), ("email", "email"), ("phone", "phone"), ("first_name", "firstName"), ("last_name", "lastName"), ("locale", "locale"), ("zone", "zone"),
        ("country", "country"), ("birthday", "birthday"), ("source", "source"), ("campaign", "campaign"), ("tags", "tags"), ("consent", "consent"), ("consent_at", "consentAt"),
        ("signed_up_at", "signedUpAt"), ("updated_at", "updatedAt"), ("points", "points"), ("wallet", "wallet"), ("earned_at", "earnedAt"), ("available_at", "availableAt"),
        ("expires_at", "expiresAt"), ("reason", "reason"),
    ];

    /// <summary>Every row.</summary>
    /// <exception cref="PurchaseFileException">The header or rows are not as they should be; the message names the first of them.</exception>
    public static HistoryFile Read(Stream stream)
    {
        var file = FileLines.Read(stream);
        var (members, balances, faults) = (new List<Member>(), new List<Balance>(), new FaultList());
        var known = new HashSet<string>(StringComparer.Ordinal);
        string[]? properties = null;
        // A fault of the table itself (a quote that is never closed) ends the reading; what was found before it is told too.
        faults.Try(() =>
        {
            foreach (var (line, fields) in CsvReader.Records(file.Text))
            {
                if (fields is [""]) continue;
                if (properties is null)
                {
                    properties = Header(fields);
                    continue;
                }

                var names = properties;
                faults.Try(() =>
                {
                    if (fields.Length != names.Length) throw PurchaseFileException.Fields(line, names.Length, fields.Length);
                    var id = string.Create(CultureInfo.InvariantCulture, $"{file.Hash}:{line}");
                    var member = JsonHistory.Member(Record(names, fields, line, Balance.Fields[3..]), id);
                    member = member with { Profile = member.Profile with { IsHistory = true } };
                    if (known.Add(member.Person!)) members.Add(member);
                    if (Value(names, fields, "points") is { Length: > 0 }) balances.Add(Balance.Of(Record(names, fields, line, JsonHistory.MemberFields[3..]), id));
                });
            }
        });
        faults.Throw();
        return properties is null ? throw new PurchaseFileException("The file is empty; expected a header line.") : new HistoryFile(members, []) { Balances = balances };
    }

    private static string[] Header(string[] fields)
    {
        var columns = Columns.Select(static one => one.Column).ToArray();
        var header = Array.ConvertAll(fields, static field => field.Trim().ToLowerInvariant());
        foreach (var name in header)
        {
            if (Array.IndexOf(columns, name) < 0) throw PurchaseFileException.Column(name, columns);
        }

        if (header.Distinct(StringComparer.Ordinal).Count() != header.Length) throw PurchaseFileException.At(1, "every column once", string.Join(',', header));
        if (Array.IndexOf(header, "customer_id") < 0 && Array.IndexOf(header, "email") < 0) throw PurchaseFileException.At(1, "a column customer_id or email", string.Join(',', header));
        return Array.ConvertAll(header, static name => Array.Find(Columns, one => one.Column == name).Property);
    }

    private static string Value(string[] names, string[] fields, string name) => Array.IndexOf(names, name) is var at && at >= 0 ? Text(fields[at]) : "";

    /// <summary>A field without blanks around it, and without the apostrophe that keeps a spreadsheet from reading it as a formula.</summary>
    private static string Text(string field) => SpreadsheetText.Restored(field.Trim());

    /// <summary>A row as the record of the JSON format, without what belongs to the other kind.</summary>
    private static RecordFields Record(string[] names, string[] fields, int line, string[] without)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++)
        {
            var text = Text(fields[i]);
            if (text.Length == 0 || Array.IndexOf(without, names[i]) >= 0) continue;
            values[names[i]] = names[i] switch
            {
                "tags" => Parts(text),
                "consent" => Consent(line, text),
                _ => text,
            };
        }

        return new RecordFields(null, line, JsonSerializer.SerializeToElement(values), ColumnOf);
    }

    private static string ColumnOf(string property) => Array.Find(Columns, one => one.Property == property).Column ?? property;

    private static Dictionary<string, bool> Consent(int line, string text)
    {
        var consent = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var topic in Parts(text))
        {
            if (!consent.TryAdd(topic.TrimStart('-'), !topic.StartsWith('-'))) throw PurchaseFileException.At(line, "each topic once", text, "consent");
        }

        return consent;
    }

    private static string[] Parts(string text) => text.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
