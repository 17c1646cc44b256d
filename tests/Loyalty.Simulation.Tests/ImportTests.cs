using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Simulation.Import;
using NodaTime;

namespace Loyalty.Simulation.Tests;

public sealed partial class ImportTests
{
    [SharedDataFact("cdnow/CDNOW_sample.txt")]
    public void CdnowFile_Sample_HasEveryPurchase()
    {
        using var stream = Shared("cdnow/CDNOW_sample.txt");
        var all = CdnowFile.Read(stream);

        Assert.Equal(6919, all.Count);
        Assert.Equal(2357, all.Select(p => p.CustomerId).Distinct().Count());
        Assert.Equal(6919, all.Select(p => p.EventId).Distinct().Count());
        Assert.Equal(("00004", new LocalDate(1997, 1, 1), 2L, 2933L), (all[0].CustomerId, all[0].Date, all[0].Quantity, all[0].AmountMinor));
        Assert.Contains(all, p => p.AmountMinor == 0);
        Assert.NotEqual(all.Count, all.Select(p => (p.CustomerId, p.Date, p.Quantity, p.AmountMinor)).Distinct().Count());
    }

    [SharedDataFact("cdnow")]
    public void CdnowFile_Master_HasEveryPurchaseAndTheSampleIsInIt()
    {
        using var stream = Shared("cdnow/CDNOW_master.txt");
        using var sample = Shared("cdnow/CDNOW_sample.txt");
        var all = CdnowFile.Read(stream);
        var rows = all.Select(p => (p.CustomerId, p.Date, p.Quantity, p.AmountMinor)).ToHashSet();

        Assert.Equal(69_659, all.Count);
        Assert.Equal(23_570, all.Select(p => p.CustomerId).Distinct().Count());
        Assert.All(CdnowFile.Read(sample), p => Assert.Contains((p.CustomerId, p.Date, p.Quantity, p.AmountMinor), rows));
    }

    [Fact]
    public void CdnowFile_SameRowsInAnotherFile_AreOtherEvents()
    {
        var one = CdnowFile.Read(Text("00001 19970101 1 11.77\n00001 19970101 1 11.77\n"));
        var again = CdnowFile.Read(Text("00001 19970101 1 11.77\n00001 19970101 1 11.77\n"));
        var other = CdnowFile.Read(Text("00001 19970101 1 11.77\n"));

        Assert.Equal(2, one.Select(p => p.EventId).Distinct().Count());
        Assert.Equal(one, again);
        Assert.NotEqual(one[0].EventId, other[0].EventId);
    }

    [Theory]
    [InlineData("a b c", "Line 1: expected 4 or 5 columns by white space (customer, date, pieces, dollars), found 3.")]
    [InlineData("1 19970101 1 2\n\n1 19979901 1 2", "Line 3: expected a date from 1900 to 2199 as yyyyMMdd, found '19979901'.")]
    [InlineData("1 19970101 x 2", "Line 1: expected a number of pieces, found 'x'.")]
    [InlineData("1 19970101 1 -2", "Line 1: expected an amount in dollars, found '-2'.")]
    public void CdnowFile_BadLine_IsNamed(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<PurchaseFileException>(() => CdnowFile.Read(Text(text))).Message);

    [Fact]
    public void CsvPurchases_File_IsReadWithQuotesAndDefaults()
    {
        var all = CsvPurchases.Read(Text("\uFEFFemail,Date,amount,currency,quantity,sku,customer_id\r\n\"mira@example.com\",2026-01-31,12.50,,,\"a \"\"b\"\",\nc\",\r\n,2026-01-31T23:30:00+02:00,1200,jpy,3,,5\r\n\r\n"), "EUR");

        Assert.Equal(2, all.Count);
        Assert.Equal(("mira@example.com", null, 1250L, "EUR", 1L, "a \"b\",\nc", 2), (all[0].Email, all[0].CustomerId, all[0].AmountMinor, all[0].Currency, all[0].Quantity, all[0].Sku, all[0].Line));
        Assert.Equal((null, "5", 1200L, "JPY", 3L, null, 4), (all[1].Email, all[1].CustomerId, all[1].AmountMinor, all[1].Currency, all[1].Quantity, all[1].Sku, all[1].Line));
        Assert.Equal(Instant.FromUtc(2026, 1, 31, 21, 30), all[1].At);
    }

    [Theory]
    [InlineData("customer_id;date;amount\n5;2026-01-31;1.5", "5")]
    [InlineData("customer_id\tdate\tamount\n5\t2026-01-31\t1.5\n", "5")]
    [InlineData("date,amount,customer_id\n2026-01-31,1.5,\"5\"", "5")]
    [InlineData("date,amount,customer_id\n\"2026-01-31\",\"1.5\",5", "5")]
    public void CsvPurchases_Separator_IsTakenFromTheHeader(string text, string customer) =>
        Assert.Equal(customer, Assert.Single(CsvPurchases.Read(Text(text), "EUR")).CustomerId);

    [Theory]
    [InlineData("", "The file is empty; expected a header line.")]
    [InlineData("email,date,amout\n", "Line 1: expected the column 'amount', found 'amout'.")]
    [InlineData("email,date\n", "Line 1: expected a column amount, found 'email,date'.")]
    [InlineData("date,amount\n", "Line 1: expected a column customer_id or email, found 'date,amount'.")]
    [InlineData("email,email,date,amount\n", "Line 1: expected every column once, found 'email,email,date,amount'.")]
    [InlineData("email,date,amount\na@b.c,2026-01-31", "Line 2: expected 3 fields as in the header, found 2; put quotes around a value that has a separator in it.")]
    [InlineData("email,date,amount\nnope,2026-01-31,1", "Line 2, email: expected an e-mail address, found 'nope'.")]
    [InlineData("email,date,amount\n,2026-01-31,1", "Line 2: expected customer_id or email, found nothing.")]
    [InlineData("email,date,amount\na@b.c,31.01.2026,1", "Line 2, date: expected a date from 1900 to 2199 such as 2026-01-31 or 2026-01-31T09:00:00Z, found '31.01.2026'.")]
    [InlineData("email,date,amount\na@b.c,2026-01-31,-1", "Line 2, amount: expected an amount such as 12.50, found '-1'.")]
    [InlineData("email,date,amount,currency\na@b.c,2026-01-31,1,XX", "Line 2: expected a currency of ISO 4217 and an amount within its range, found '1 XX'.")]
    [InlineData("email,date,amount\n\"a@b.c,2026-01-31,1", "Line 2: a quote is never closed.")]
    [InlineData("email,date,amount\n\"a@b.c\"x,2026-01-31,1", "Line 2: expected a separator after a closing quote; a quote within a value is written twice.")]
    [InlineData("email,date,amount\na@b.c,2026-01-31\n\"a@b.c,2026-01-31,1", "Line 2: expected 3 fields as in the header, found 2; put quotes around a value that has a separator in it.\nLine 3: a quote is never closed.")]
    [InlineData("email,date,amount\na@b.c,9999-12-31T23:59:59-12:00,1", "Line 2, date: expected a date from 1900 to 2199 such as 2026-01-31 or 2026-01-31T09:00:00Z, found '9999-12-31T23:59:59-12:00'.")]
    [InlineData("email,date,amount\n\u001b[2Ja\u202eb,2026-01-31,1", "Line 2, email: expected an e-mail address, found '\uFFFD[2Ja\uFFFDb'.")]
    [InlineData("email,date,amount,kind\n", "Line 1: expected columns out of customer_id, email, date, amount, currency, quantity, order_id, sku, found 'kind'.")]
    [InlineData("email,date,amount,order_id\na@b.c,2026-01-31,1,7\na@b.c,2026-01-31,2,7", "Line 3: order_id 7 stands already on line 2, with other values; write one row per order with its whole amount.")]
    public void CsvPurchases_BadFile_IsNamed(string text, string expected) =>
        Assert.Equal(expected.Replace("\n", Environment.NewLine, StringComparison.Ordinal), Assert.Throws<PurchaseFileException>(() => CsvPurchases.Read(Text(text), "EUR")).Message);

    [Theory]
    [InlineData("customer_id,date,amount,sku\n5,2026-01-31,1,{101}", "Line 2, sku: expected at most 100 characters, found '{60}…'.")]
    [InlineData("customer_id,date,amount\n{90000},2026-01-31,1", "Line 2, customer_id: expected at most 100 characters, found '{60}…'.")]
    [InlineData("{90000},date,amount\n", "Line 1: expected columns out of customer_id, email, date, amount, currency, quantity, order_id, sku, found '{60}…'.")]
    [InlineData("customer_id,date,amount\n{100001},2026-01-31,1", "Line 2: a field has more than 100,000 characters.")]
    [InlineData("customer_id,date,amount\n5,2026-01-31,1\n\"{100001}", "Line 3: a field has more than 100,000 characters.")]
    public void CsvPurchases_EndlessField_IsToldByItsBeginning(string text, string expected) => Assert.Equal(
        Filled(expected), Assert.Throws<PurchaseFileException>(() => CsvPurchases.Read(Text(Filled(text)), "EUR")).Message);

    [Fact]
    public void CsvPurchases_FileTooLarge_IsToldUnread()
    {
        using var large = new UnreadStream(513L * 1024 * 1024);

        Assert.Equal("The file is larger than 512 MB; split it.", Assert.Throws<PurchaseFileException>(() => CsvPurchases.Read(large, "EUR")).Message);
    }

    [Fact]
    public void CsvPurchases_SameOrderToldTwice_IsNoFault() =>
        Assert.Equal(2, CsvPurchases.Read(Text("email,date,amount,order_id\na@b.c,2026-01-31,1,7\na@b.c,2026-01-31,1,7"), "EUR").Count);

    [Fact]
    public void CsvPurchases_NotUtf8_IsNamed() =>
        Assert.Contains("save it as UTF-8", Assert.Throws<PurchaseFileException>(() => CsvPurchases.Read(new MemoryStream([0xE4, 0xF6, 0x41]), "EUR")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void CsvPurchases_Utf16_IsNamedAsSuch(bool isBigEndian, bool hasMark)
    {
        var encoding = new System.Text.UnicodeEncoding(isBigEndian, hasMark);
        var file = new MemoryStream([.. encoding.GetPreamble(), .. encoding.GetBytes("email,date,amount\na@b.c,2026-01-31,1")]);

        Assert.StartsWith("The file is UTF-16", Assert.Throws<PurchaseFileException>(() => CsvPurchases.Read(file, "EUR")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToEvent_Purchase_IsAPaidOrderAtNoonOfItsDay()
    {
        var purchase = CsvPurchases.Read(Text("customer_id,email,date,amount\n5,Mira@example.com,2026-01-31,12.50"), "EUR").Single();
        var e = purchase.ToEvent("csv", DateTimeZoneProviders.Tzdb["Europe/Sofia"], Instant.FromUtc(2026, 3, 1, 0, 0));
        var order = ((EventData.Order)e.Data).Snapshot;

        Assert.Equal((EventTypes.OrderPaid, "import:csv", purchase.EventId, Instant.FromUtc(2026, 1, 31, 10, 0)), (e.Type, e.Source, e.Id, e.Time));
        Assert.Equal(["import:csv:5", "email:mira@example.com"], e.Identifiers.Select(i => i.Value));
        Assert.Equal((PaymentStatus.Paid, 1250L, "import:csv:" + purchase.EventId), (order.Payment, order.Lines.Single().NetMinor, order.OrderId));
    }

    /// <summary><c>{60}</c> is sixty letters.</summary>
    private static string Filled(string text) =>
        Braced().Replace(text, static match => new string('a', int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)));

    [GeneratedRegex("{(?<number>[0-9]+)}", RegexOptions.None, 1000)]
    private static partial Regex Braced();

    /// <summary>A file whose size is known and whose content nobody may read.</summary>
    private sealed class UnreadStream(long length) : MemoryStream
    {
        public override long Length => length;

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("The file was read.");

        public override void CopyTo(Stream destination, int bufferSize) => throw new InvalidOperationException("The file was read.");
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private static FileStream Shared(string path) => File.OpenRead(SharedData.Full(path));
}
