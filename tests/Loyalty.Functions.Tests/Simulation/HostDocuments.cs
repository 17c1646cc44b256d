using System.Text;
using System.Text.RegularExpressions;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Simulation.Results;

namespace Loyalty.Functions.Tests.Simulation;

/// <summary>A customer's documents as texts that can be compared: everything that was decided, without what only a provider can tell.</summary>
internal static partial class HostDocuments
{
    public static async Task<Dictionary<string, string>> ReadAsync(IDocumentStore store, string customerId)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        string? continuation = null;
        do
        {
            var page = await store.QueryAsync(new DocumentQuery(Keys.CustomerPartition(customerId), "", 1000, false, continuation));
            foreach (var document in page.Items)
            {
                if (Read(document) is { } value) all[document.Id] = Text(value);
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
        return all;
    }

    public static Dictionary<string, string> Of(CustomerStory story) => story.Documents
        .Where(static one => one.Value is RunDocument or LedgerEntry or MessageRecord or OrderState or CustomerState or PersonState)
        .ToDictionary(static one => one.Key, static one => Text(one.Value), StringComparer.Ordinal);

    private static object? Read(Document document) => document.Kind switch
    {
        Kinds.Run => LoyaltyJson.Read<RunDocument>(document.Body.Span),
        Kinds.Entry => LoyaltyJson.Read<LedgerEntry>(document.Body.Span),
        Kinds.Message => LoyaltyJson.Read<MessageRecord>(document.Body.Span),
        Kinds.Order => LoyaltyJson.Read<OrderState>(document.Body.Span),
        Kinds.Customer => LoyaltyJson.Read<CustomerState>(document.Body.Span),
        Kinds.Person => LoyaltyJson.Read<PersonState>(document.Body.Span),
        _ => null,
    };

    private static string Text(object document) => Encoding.UTF8.GetString(document switch
    {
        // The generation and the outbox's settled items tell which hand moved the run, not what was decided.
        RunDocument run => Encoding.UTF8.GetBytes(Code().Replace(Encoding.UTF8.GetString(LoyaltyJson.Write(new { run.Run, run.Status, run.Log, run.Inbox })), "\"code\":\"drawn\"")),
        MessageRecord message => LoyaltyJson.Write(message with { Locale = null, ProviderId = null }),
        LedgerEntry entry => LoyaltyJson.Write(entry),
        // Likewise what its events had told the durable engine.
        OrderState order => LoyaltyJson.Write(order with { Applied = null }),
        // Which of two messages of one moment went first makes no difference.
        CustomerState { Contact: { } contact } customer => LoyaltyJson.Write(customer with
        {
            Contact = contact with { Recent = [.. contact.Recent.OrderBy(static one => one.At).ThenBy(static one => one.Key, StringComparer.Ordinal)] },
        }),
        CustomerState customer => LoyaltyJson.Write(customer),
        _ => LoyaltyJson.Write((PersonState)document),
    });

    /// <summary>What the code of an offer says is chance.</summary>
    [GeneratedRegex("\"code\":\"[A-Z0-9-]+\"")]
    private static partial Regex Code();
}
