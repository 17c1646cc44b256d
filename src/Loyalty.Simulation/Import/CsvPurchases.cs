using System.Globalization;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;

namespace Loyalty.Simulation.Import;

/// <summary>
/// Purchases as CSV (RFC 4180, UTF-8, comma or semicolon). A header line names the columns, in any order:
/// <c>customer_id</c> or <c>email</c> (one of them must be there and filled), <c>date</c> (2026-01-31 or
/// 2026-01-31T09:00:00Z) and <c>amount</c> (12.50) are needed; <c>currency</c>, <c>quantity</c>, <c>order_id</c> and
/// <c>sku</c> are not. Other columns are refused, so that a misspelt one is not lost.
/// </summary>
public static class CsvPurchases
{
    private static readonly string[] Known =
        ["customer_id", "email", "date", "amount", "currency", "quantity", "order_id", "sku"];

    /// <summary>Characters of what names something, as of the same in JSON.</summary>
    private const int MostCharacters = 100;

    private static readonly string[] Texts = ["customer_id", "order_id", "sku"];

    /// <summary>Every purchase in the file's order.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="currency">Of rows that name none; ISO 4217.</param>
    /// <exception cref="PurchaseFileException">The header or a line is not as it should be.</exception>
    public static IReadOnlyList<Purchase> Read(Stream stream, string currency)
    {
        var file = FileLines.Read(stream);
        var purchases = new List<Purchase>();
        var faults = new FaultList();
        var orders = new Dictionary<string, Purchase>(StringComparer.Ordinal);
        string[]? header = null;
        // A fault of the table itself (a quote that is never closed) ends the reading; what was found before it is told too.
        faults.Try(() =>
        {
            foreach (var (line, fields) in CsvReader.Records(file.Text))
            {
                if (fields is [""]) continue;
                if (header is null)
                {
                    header = Header(fields);
                    continue;
                }

                var names = header;
                faults.Try(() =>
                {
                    if (fields.Length != names.Length) throw PurchaseFileException.Fields(line, names.Length, fields.Length);
                    purchases.Add(Once(orders, Row(file.Hash, line, names, fields, currency)));
                });
            }
        });
        faults.Throw();
        return header is null
            ? throw new PurchaseFileException("The file is empty; expected a header line.")
            : purchases;
    }

    /// <summary>
    /// A row per article would count only its last article, so an order that stands twice with different content is refused. The same row twice is
    /// one order told twice.
    /// </summary>
    private static Purchase Once(Dictionary<string, Purchase> orders, Purchase row)
    {
        if (row.OrderId is not { } id || orders.TryAdd(id, row)) return row;
        var first = orders[id];
        return first with { EventId = row.EventId, Line = row.Line } == row
            ? row
            : throw new PurchaseFileException(string.Create(
                CultureInfo.InvariantCulture,
                $"Line {row.Line}: order_id {id} stands already on line {first.Line}, with other values; write one row per order with its whole amount."));
    }

    private static string[] Header(string[] fields)
    {
        var header = Array.ConvertAll(fields, static field => field.Trim().ToLowerInvariant());
        foreach (var name in header)
        {
            if (Array.IndexOf(Known, name) < 0) throw PurchaseFileException.Column(name, Known);
        }

        if (header.Distinct(StringComparer.Ordinal).Count() != header.Length)
            throw PurchaseFileException.At(1, "every column once", string.Join(',', header));
        foreach (var needed in new[] { "date", "amount" })
        {
            if (Array.IndexOf(header, needed) < 0) throw PurchaseFileException.At(1, $"a column {needed}", string.Join(',', header));
        }

        if (Array.IndexOf(header, "customer_id") < 0 && Array.IndexOf(header, "email") < 0)
            throw PurchaseFileException.At(1, "a column customer_id or email", string.Join(',', header));
        return header;
    }

    private static Purchase Row(string hash, int line, string[] header, string[] fields, string defaultCurrency)
    {
        string? Field(string name) =>
            Array.IndexOf(header, name) is var at and >= 0 && fields[at].Trim() is { Length: > 0 } text ? text : null;
        PurchaseFileException Wrong(string name, string expected) => PurchaseFileException.At(line, expected, Field(name) ?? "", name);
        var customer = Field("customer_id");
        var email = Field("email");
        if (customer?.Any(char.IsControl) == true) throw Wrong("customer_id", "no line breaks and no other control characters");
        if (email is not null && Identifier.Email(email) is null) throw Wrong("email", "an e-mail address");
        if (customer is null && email is null) throw PurchaseFileException.At(line, "customer_id or email", "");
        foreach (var name in Texts)
        {
            if (Field(name)?.Length > MostCharacters) throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"at most {MostCharacters} characters"));
        }

        var currency = (Field("currency") ?? defaultCurrency).ToUpperInvariant();
        var (date, at) = HistoryDay.Parse(Field("date") ?? "") ?? throw Wrong("date", HistoryDay.Expected);
        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(Field("amount"), Style, CultureInfo.InvariantCulture, out var amount))
            throw Wrong("amount", "an amount such as 12.50");
        if (CurrencyTable.ToMinor(amount, currency) is not { } minor)
            throw PurchaseFileException.At(line, "a currency of ISO 4217 and an amount within its range", string.Create(CultureInfo.InvariantCulture, $"{amount} {currency}"));
        if (!long.TryParse(Field("quantity") ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out var quantity)
            || quantity > 1_000_000)
            throw Wrong("quantity", "0 to 1,000,000");
        return new Purchase
        {
            EventId = string.Create(CultureInfo.InvariantCulture, $"{hash}:{line}"),
            Line = line,
            CustomerId = customer,
            Email = email,
            Date = date,
            At = at,
            Quantity = quantity,
            AmountMinor = minor,
            Currency = currency,
            OrderId = Field("order_id"),
            Sku = Field("sku"),
        };
    }
}
