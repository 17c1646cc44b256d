using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Simulation.Import;

/// <summary>
/// Members and purchases as one JSON document: <c>{ "members": […], "purchases": […], "balances": […], "standings": […] }</c> (docs/reference/import.md). Unknown properties are
/// refused, so that a misspelt one is not lost; every record that cannot be read is named with its line and path.
/// </summary>
public static class JsonHistory
{
    private static readonly string[] Sections = ["members", "purchases", "balances", "standings"];

    internal static readonly string[] MemberFields =
    [
        "id", "customerId", "email", "phone", "firstName", "lastName", "locale", "zone", "country", "birthday", "source", "campaign", "tags", "consent", "consentAt",
        "signedUpAt", "updatedAt", "identifiers",
    ];

    private static readonly string[] PurchaseFields = ["id", "customerId", "email", "date", "amount", "currency", "quantity", "orderId", "sku"];

    /// <summary>Everything in the file's order.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="currency">Of purchases that name none; ISO 4217.</param>
    /// <exception cref="PurchaseFileException">The file is no such document; the message names the first records at fault.</exception>
    public static HistoryFile Read(Stream stream, string currency)
    {
        var file = FileLines.Read(stream);
        var bytes = Encoding.UTF8.GetBytes(file.Text);
        var members = new List<Member>();
        var purchases = new List<Purchase>();
        var balances = new List<Balance>();
        var standings = new List<Standing>();
        var faults = new FaultList();
        var (ids, sections) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        try
        {
            foreach (var (section, index, line, record) in Records(bytes, sections))
            {
                var fields = new RecordFields($"{section}[{index.ToString(CultureInfo.InvariantCulture)}]", line, record);
                var place = string.Create(CultureInfo.InvariantCulture, $"{file.Hash}:{section[0]}{index}");
                faults.Try(() =>
                {
                    if (record.ValueKind != JsonValueKind.Object) throw PurchaseFileException.At(line, "a record { … }", record.GetRawText(), $"{section}[{index}]");
                    var id = Id(fields) ?? place;
                    if (!ids.Add(section + id)) throw fields.Wrong("id", "a name that no other record of the list has", id);
                    if (section == "balances") balances.Add(Balance.Of(fields.Only(Balance.Fields), id));
                    else if (section == "standings") standings.Add(Standing.Of(fields.Only(Standing.Fields), id));
                    else if (section == "members") members.Add(Member(fields.Only(MemberFields), id));
                    else purchases.Add(Purchase(fields.Only(PurchaseFields), id, currency));
                });
            }
        }
        catch (InvalidOperationException)
        {
            // An escape such as \ud800 without its partner: well-formed JSON that is no text.
            throw new PurchaseFileException("A text of the file has half of a surrogate pair (\\ud800 to \\udfff alone); write the character itself.");
        }
        catch (JsonException broken)
        {
            // The reader's own place counts from 0; it is told here as everything else.
            var what = broken.Message.Split(" LineNumber:")[0];
            throw new PurchaseFileException(string.Create(
                CultureInfo.InvariantCulture, $"Line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}: the file is no JSON; mend it there: {what}"));
        }

        faults.Throw();
        if (balances.Count > 0 && purchases.Count > 0)
            throw new PurchaseFileException($"Line {balances[0].Line}, balances: expected no purchases beside balances, found {purchases.Count}; purchases earn their points by the rules, and would earn them a second time.");
        var history = new HistoryFile(members, purchases) { Balances = balances, Standings = standings };
        // A list of balances that is empty says that nobody has points, not that they are to be earned.
        return sections.Contains("balances") ? history.Settled() : history;
    }

    /// <summary>The record's own name, by which it counts once in whatever file it stands.</summary>
    private static string? Id(RecordFields fields)
    {
        if (fields.Text("id", 100) is not { } id) return null;
        return id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':') ? id : throw fields.Wrong("id", "letters, digits, - _ . :", id);
    }

    internal static Member Member(RecordFields fields, string id)
    {
        var (customer, email) = Who(fields);
        var zone = fields.Text("zone", 60);
        if (zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null) throw fields.Wrong("zone", "an IANA zone such as Europe/Sofia", zone);
        var phone = fields.Text("phone", 40);
        if (phone is not null && Identifier.Phone(phone) is null) throw fields.Wrong("phone", "a number such as +359887654321", phone);
        var signedUp = fields.Moment("signedUpAt");
        return new Member
        {
            EventId = id,
            Line = fields.Line,
            CustomerId = customer,
            SignedUpAt = signedUp,
            UpdatedAt = fields.Moment("updatedAt"),
            Identifiers = Known(fields),
            Profile = new EventData.Person
            {
                Email = email,
                Phone = phone,
                FirstName = fields.Text("firstName", 100),
                LastName = fields.Text("lastName", 100),
                Locale = fields.Text("locale", 35),
                Zone = zone,
                Country = fields.Text("country", 2)?.ToUpperInvariant(),
                Birthday = fields.Text("birthday", 10) is { } day
                    ? LocalDatePattern.Iso.Parse(day) is { Success: true } parsed && HistoryDay.IsInRange(parsed.Value) ? parsed.Value : throw fields.Wrong("birthday", "a date such as 1990-05-12", day)
                    : null,
                AcquisitionSource = fields.Text("source", 100),
                Campaign = fields.Text("campaign", 100),
                Tags = fields.Texts("tags"),
                Consent = fields.Flags("consent"),
                ConsentAt = fields.Moment("consentAt"),
            },
        };
    }

    /// <summary>Names of shops; the id of another installation of the program means nothing here.</summary>
    private static ImmutableArray<string> Known(RecordFields fields)
    {
        var all = fields.Texts("identifiers") ?? [];
        foreach (var one in all)
        {
            if (one.Length > 400 || one.Split(':', 3) is not [{ Length: > 0 } kind, { Length: > 0 }, { Length: > 0 }] || kind == "id" || one.Any(char.IsControl))
                throw fields.Wrong("identifiers", "names such as shopify:shop.example:5", one);
        }

        return all;
    }

    private static Purchase Purchase(RecordFields fields, string id, string defaultCurrency)
    {
        var (customer, email) = Who(fields);
        var currency = (fields.Text("currency", 3) ?? defaultCurrency).ToUpperInvariant();
        var (date, at) = fields.Day("date") ?? throw fields.Wrong("date", HistoryDay.Expected, "");
        var amount = fields.Number("amount") ?? throw fields.Wrong("amount", "an amount such as 12.50", "");
        if (amount < 0 || CurrencyTable.ToMinor(amount, currency) is not { } minor)
            throw fields.Wrong("amount", "0 or more, in a currency of ISO 4217 and within its range", string.Create(CultureInfo.InvariantCulture, $"{amount} {currency}"));
        var quantity = fields.Number("quantity") ?? 1;
        if (quantity < 0 || quantity > 1_000_000 || decimal.Truncate(quantity) != quantity)
            throw fields.Wrong("quantity", "a whole number from 0 to 1,000,000", quantity.ToString(CultureInfo.InvariantCulture));
        return new Purchase
        {
            EventId = id,
            Line = fields.Line,
            CustomerId = customer,
            Email = email,
            Date = date,
            At = at,
            Quantity = (long)quantity,
            AmountMinor = minor,
            Currency = currency,
            OrderId = fields.Text("orderId", 100),
            Sku = fields.Text("sku", 100),
        };
    }

    internal static (string? CustomerId, string? Email) Who(RecordFields fields)
    {
        var customer = fields.Text("customerId", 100);
        var email = fields.Text("email", 254);
        // As in events. It becomes an identifier, which no export could bring back with them.
        if (customer?.Any(char.IsControl) == true) throw fields.Wrong("customerId", "no line breaks and no other control characters", customer);
        if (email is not null && Identifier.Email(email) is null) throw fields.Wrong("email", "an e-mail address", email);
        return customer is null && email is null ? throw fields.Wrong("customerId", $"{fields.NameOf("customerId")} or email", "") : (customer, email);
    }

    /// <summary>One record after the other: the file is held once, its records one at a time.</summary>
    private static List<(string Section, int Index, int Line, JsonElement Record)> Records(byte[] bytes, HashSet<string> sections)
    {
        var records = new List<(string, int, int, JsonElement)>();
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 16 });
        var lines = new LineCount(bytes);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new PurchaseFileException("Line 1: expected a document { \"members\": [ … ], \"purchases\": [ … ] }.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var section = reader.GetString()!;
            var line = lines.At(reader.TokenStartIndex);
            if (Array.IndexOf(Sections, section) < 0) throw PurchaseFileException.At(line, "'members', 'purchases', 'balances' or 'standings'", section);
            sections.Add(section);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray) throw new PurchaseFileException($"Line {line}: expected a list, {section}: [ … ].");
            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                line = lines.At(reader.TokenStartIndex);
                records.Add((section, index, line, JsonElement.ParseValue(ref reader)));
            }
        }

        while (reader.Read())
        {
            // What stands behind the document is no JSON and throws.
        }

        return records;
    }

    /// <summary>Lines by position; positions only grow.</summary>
    private sealed class LineCount(byte[] bytes)
    {
        private long _at;
        private int _line = 1;

        public int At(long position)
        {
            for (; _at < position; _at++)
            {
                if (bytes[_at] == (byte)'\n') _line++;
            }

            return _line;
        }
    }
}
