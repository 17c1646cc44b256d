using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Offers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Offers;

namespace Loyalty.Cli.Offers;

/// <summary><c>loyalty offers list|show|import-codes</c>.</summary>
internal static class OffersCommand
{
    public static Command Create() => new(
        "offers",
        "Offers: what they give, what is left of them, and their pools of codes.\n\n"
        + "Example:  loyalty offers list --data shop.db   then   loyalty offers import-codes autumn codes.csv --data shop.db")
    {
        List(), Show(), Import(),
    };

    private static Command List()
    {
        var options = new ApiOptions();
        var command = options.AddTo(new Command("list", "Every offer: what it gives, its price in points, what is left."));
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
            var offers = await api.GetAsync<OfferView[]>("offers", cancellation);
            await WriteAsync(options.AsJson(parsed), offers, offers.Length == 0 ? "No offers. They stand in offers.yaml.\n" : string.Concat(offers.Select(Line)));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Show()
    {
        var options = new ApiOptions();
        var name = new Argument<string>("OFFER") { Description = "Its name in offers.yaml." };
        var command = options.AddTo(new Command("show", "One offer.") { name });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
            var wanted = parsed.GetValue(name)!;
            if (await api.FindAsync<OfferView>("offers/" + Uri.EscapeDataString(wanted), cancellation) is not { } offer)
            {
                await Console.Error.WriteLineAsync($"There is no offer '{wanted}'. See: loyalty offers list");
                return ExitCodes.Refused;
            }

            await WriteAsync(options.AsJson(parsed), offer, Line(offer));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Import()
    {
        var options = new ApiOptions();
        var name = new Argument<string>("OFFER") { Description = "Its name in offers.yaml." };
        var file = new Argument<FileInfo>("FILE") { Description = "CSV: one code a line, in the first column or in the one named code." };
        var command = options.AddTo(new Command("import-codes", "Imports codes into an offer's pool; a code is imported once.") { name, file });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var codes = parsed.GetValue(file)!;
            if (!codes.Exists) throw new UsageException($"There is no file {codes.FullName}.");
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var bytes = await File.ReadAllBytesAsync(codes.FullName, cancellation);
            var done = await api.PostBytesAsync<PoolImport>($"offers/{Uri.EscapeDataString(parsed.GetValue(name)!)}/pool", bytes, "text/csv", cancellation);
            await WriteAsync(options.AsJson(parsed), done, string.Create(CultureInfo.InvariantCulture, $"{done.Imported} imported, {done.Known} known before\n{(done.Note is null ? "" : done.Note + "\n")}"));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Task WriteAsync<T>(bool asJson, T value, string text) =>
        Console.Out.WriteAsync(asJson ? Encoding.UTF8.GetString(LoyaltyJson.Write(value)) + "\n" : text);

    private static string Line(OfferView offer)
    {
        var parts = new List<string> { offer.Name, offer.Title, Gives(offer.Gives), offer.IsOpen ? "open" : "closed" };
        if (offer.Price is { } price) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{price} points"));
        if (offer.Left is { } left) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{(offer.LeftIsAtLeast == true ? "at least " : "")}{left:N0} left"));
        if (offer.BudgetLeft is { } budget) parts.Add(string.Create(CultureInfo.InvariantCulture, $"budget left {(offer.Gives is OfferGift.Points ? budget.ToString("N0", CultureInfo.InvariantCulture) + " points" : OfferTexts.Money(budget, offer.Currency, "en"))}"));
        return string.Join("  ", parts) + "\n";
    }

    private static string Gives(OfferGift gift) => gift switch
    {
        OfferGift.Percent percent => percent.Share.ToString("P0", CultureInfo.InvariantCulture),
        OfferGift.Amount amount => OfferTexts.Money(amount.Minor, amount.Currency, "en"),
        OfferGift.FreeDelivery => "free delivery",
        OfferGift.FreeItem item => "free " + item.Sku,
        OfferGift.Points points => string.Create(CultureInfo.InvariantCulture, $"{points.Number} points"),
        OfferGift.Credit credit => $"{credit.Kind} {OfferTexts.Money(credit.Minor, credit.Currency, "en")}",
        OfferGift.Status status => string.Create(CultureInfo.InvariantCulture, $"tier {status.Tier} for {status.Days} days"),
        OfferGift.Ticket ticket => "a ticket of " + ticket.Draw,
        _ => throw new ArgumentOutOfRangeException(nameof(gift), gift.GetType().Name, null),
    };
}
