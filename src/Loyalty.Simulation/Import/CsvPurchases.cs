using System.Globalization;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;
using NodaTime.Text;

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
                if (fields.Length != names.Length) throw Wrong(line, $"{names.Length} fields", $"{fields.Length}");
                purchases.Add(Once(orders, Row(file.Hash, line, names, fields, currency)));
            });
        }

        faults.Throw();
        return header is null
            ? throw new PurchaseFileException("The file is empty; a header line was expected.")
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
            if (Array.IndexOf(Known, name) < 0) throw Wrong(1, $"columns out of {string.Join(", ", Known)}", name);
        }

        if (header.Distinct(StringComparer.Ordinal).Count() != header.Length)
            throw Wrong(1, "every column once", string.Join(',', header));
        foreach (var needed in new[] { "date", "amount" })
        {
            if (Array.IndexOf(header, needed) < 0) throw Wrong(1, $"a column {needed}", string.Join(',', header));
        }

        if (Array.IndexOf(header, "customer_id") < 0 && Array.IndexOf(header, "email") < 0)
            throw Wrong(1, "a column customer_id or email", string.Join(',', header));
        return header;
    }

    private static Purchase Row(string hash, int line, string[] header, string[] fields, string defaultCurrency)
    {
        string? Field(string name) =>
            Array.IndexOf(header, name) is var at and >= 0 && fields[at].Trim() is { Length: > 0 } text ? text : null;
        var customer = Field("customer_id");
        var email = Field("email");
        if (email is not null && Identifier.Email(email) is null) throw Wrong(line, "an e-mail address", email);
        if (customer is null && email is null) throw Wrong(line, "customer_id or email", "");
        if (customer?.Length > 100) throw Wrong(line, "a customer_id of at most 100 characters", customer);
        var currency = (Field("currency") ?? defaultCurrency).ToUpperInvariant();
        var (date, at) = When(line, Field("date") ?? "");
        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(Field("amount"), Style, CultureInfo.InvariantCulture, out var amount))
            throw Wrong(line, "an amount such as 12.50", Field("amount") ?? "");
        if (CurrencyTable.ToMinor(amount, currency) is not { } minor)
            throw Wrong(line, "a currency of ISO 4217 and an amount within its range", $"{amount} {currency}");
        if (!long.TryParse(Field("quantity") ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out var quantity)
            || quantity > 1_000_000)
            throw Wrong(line, "a quantity from 0 to 1,000,000", Field("quantity") ?? "");
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

    private static (LocalDate Date, Instant? At) When(int line, string text)
    {
        if (LocalDatePattern.Iso.Parse(text) is { Success: true } day) return (day.Value, null);
        if (OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } moment)
            return (moment.Value.Date, moment.Value.ToInstant());
        throw Wrong(line, "a date such as 2026-01-31 or 2026-01-31T09:00:00Z", text);
    }

    private static PurchaseFileException Wrong(int line, string expected, string found) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Line {line}: {expected} was expected, '{PurchaseFileException.Shown(found)}' was found."));
}
