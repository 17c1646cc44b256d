using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>What conditions and templates see besides the run: <c>customer.*</c>, <c>asset.*</c> and <c>program.*</c>.</summary>
internal static class ProgramAttributes
{
    private const string AssetRoot = "asset.";
    private const string MeasureRoot = "customer.measures.";

    /// <param name="snapshot">The customer.</param>
    /// <param name="program">What counts.</param>
    /// <param name="now">The clock: measures look back from it.</param>
    /// <param name="assetId">Whose <c>asset.*</c> is seen; null: none.</param>
    public static Func<string, AttributeValue> Lookup(CustomerSnapshot snapshot, LiveProgram program, Instant now, string? assetId = null)
    {
        var customer = CustomerAttributes.Lookup(snapshot, program.Model);
        return path => path switch
        {
            "program.name" => program.SenderName ?? program.Model.Name,
            "program.url" => program.Url,
            "program.currency" => program.Model.Currency,
            "program.zone" => program.Model.Zone,
            "program.locale" => program.Model.Locale,
            JourneyEntry.HeldAssetsPath => HeldAssets(snapshot.Customer),
            _ when path.StartsWith(MeasureRoot, StringComparison.Ordinal) => Measure(snapshot.Customer, program, path[MeasureRoot.Length..], now),
            _ when path.StartsWith(AssetRoot, StringComparison.Ordinal) => Asset(snapshot.Customer, assetId, path[AssetRoot.Length..]),
            _ => customer(path),
        };
    }

    private static AttributeValue Asset(CustomerState? customer, string? assetId, string name) =>
        customer is null || assetId is null ? AttributeValue.None : CustomerAssets.Look(CustomerAssets.Find(customer, assetId), name);

    private static AttributeValue HeldAssets(CustomerState? customer) =>
        new AttributeValue.List(customer is null ? [] : [.. customer.Assets.Where(static asset => asset.IsHeld).Select(static asset => asset.AssetId)]);

    private static AttributeValue Measure(CustomerState? customer, LiveProgram program, string name, Instant now)
    {
        foreach (var rule in program.Measures)
        {
            if (rule.Name == name && customer is not null)
                return MeasureCounter.Value(customer, rule, program.Model.Currency, CustomerMoments.ZoneOf(customer, program.Model), now);
        }

        return AttributeValue.None;
    }
}
