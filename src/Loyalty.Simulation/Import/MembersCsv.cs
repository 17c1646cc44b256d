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
                if (fields.Length != names.Length) throw new PurchaseFileException(string.Create(CultureInfo.InvariantCulture, $"Line {line}: {names.Length} fields were expected, {fields.Length} were found."));
                var id = string.Create(CultureInfo.InvariantCulture, $"{file.Hash}:{line}");
                var member = JsonHistory.Member(Record(names, fields, line, Balance.Fields[3..]), id);
                member = member with { Profile = member.Profile with { IsHistory = true } };
                if (known.Add(member.Person!)) members.Add(member);
                if (Value(names, fields, "points") is { Length: > 0 }) balances.Add(Balance.Of(Record(names, fields, line, JsonHistory.MemberFields[3..]), id));
            });
        }

        faults.Throw();
        return properties is null ? throw new PurchaseFileException("The file is empty; a header line was expected.") : new HistoryFile(members, []) { Balances = balances };
    }

    private static string[] Header(string[] fields)
    {
        var columns = Columns.Select(static one => one.Column).ToArray();
        var header = Array.ConvertAll(fields, static field => field.Trim().ToLowerInvariant());
        foreach (var name in header)
        {
            if (Array.IndexOf(columns, name) >= 0) continue;
            var nearest = NearestName.Of(name, columns);
            throw new PurchaseFileException($"Line 1: {(nearest is null ? $"columns out of {string.Join(", ", columns)} were" : $"'{nearest}' was")} expected, '{PurchaseFileException.Shown(name)}' was found.");
        }

        if (header.Distinct(StringComparer.Ordinal).Count() != header.Length) throw new PurchaseFileException($"Line 1: every column once was expected, {PurchaseFileException.Shown(string.Join(',', header))} was found.");
        if (Array.IndexOf(header, "customer_id") < 0 && Array.IndexOf(header, "email") < 0) throw new PurchaseFileException("Line 1: a column customer_id or email was expected.");
        return Array.ConvertAll(header, static name => Array.Find(Columns, one => one.Column == name).Property);
    }

    private static string Value(string[] names, string[] fields, string name) => Array.IndexOf(names, name) is var at && at >= 0 ? fields[at].Trim() : "";

    /// <summary>A row as the record of the JSON format, without what belongs to the other kind.</summary>
    private static RecordFields Record(string[] names, string[] fields, int line, string[] without)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++)
        {
            var text = fields[i].Trim();
            if (text.Length == 0 || Array.IndexOf(without, names[i]) >= 0) continue;
            values[names[i]] = names[i] switch
            {
                "tags" => Parts(text),
                "consent" => Parts(text).ToDictionary(static topic => topic.TrimStart('-'), static topic => !topic.StartsWith('-'), StringComparer.Ordinal),
                _ => text,
            };
        }

        return new RecordFields("row", line, JsonSerializer.SerializeToElement(values));
    }

    private static string[] Parts(string text) => text.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
