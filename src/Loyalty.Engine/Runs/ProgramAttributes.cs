using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>What conditions and templates see besides the run: <c>customer.*</c>, <c>asset.*</c> and <c>program.*</c>.</summary>
internal sealed class ProgramAttributes : IAttributeSource
{
    private const string CustomerRoot = "customer.";
    private const string AssetRoot = "asset.";
    private const string MeasureRoot = "customer.measures.";
    private readonly CustomerState? _customer;
    private readonly PersonState? _person;
    private readonly LiveProgram _program;
    private readonly Instant _now;
    private readonly string? _assetId;

    private ProgramAttributes(CustomerState? customer, PersonState? person, LiveProgram program, Instant now, string? assetId) =>
        (_customer, _person, _program, _now, _assetId) = (customer, person, program, now, assetId);

    /// <param name="snapshot">The customer.</param>
    /// <param name="program">What counts.</param>
    /// <param name="now">The clock: measures look back from it.</param>
    /// <param name="assetId">Whose <c>asset.*</c> is seen; null: none.</param>
    public static ProgramAttributes Of(CustomerSnapshot snapshot, LiveProgram program, Instant now, string? assetId = null) =>
        Of(snapshot.Customer, snapshot.Person, program, now, assetId);

    /// <param name="customer">The customer; null: nobody is known.</param>
    /// <param name="person">Names and addresses; null: none.</param>
    /// <param name="program">What counts.</param>
    /// <param name="now">The clock: measures look back from it.</param>
    /// <param name="assetId">Whose <c>asset.*</c> is seen; null: none.</param>
    public static ProgramAttributes Of(CustomerState? customer, PersonState? person, LiveProgram program, Instant now, string? assetId = null) =>
        new(customer, person, program, now, assetId);

    /// <inheritdoc/>
    public AttributeValue Look(string path)
    {
        // Nearly every condition asks about the customer.
        if (path.StartsWith(CustomerRoot, StringComparison.Ordinal)) return OfCustomer(path);
        return path switch
        {
            "program.name" => _program.SenderName ?? _program.Model.Name,
            "program.url" => _program.Url,
            "program.currency" => _program.Model.Currency,
            "program.zone" => _program.Model.Zone,
            "program.locale" => _program.Model.Locale,
            _ when path.StartsWith(AssetRoot, StringComparison.Ordinal) => Asset(_customer, _assetId, path[AssetRoot.Length..]),
            _ => CustomerAttributes.Look(_customer, _person, _program.Model, path),
        };
    }

    private AttributeValue OfCustomer(string path)
    {
        if (path == JourneyEntry.HeldAssetsPath) return HeldAssets(_customer);
        return path.StartsWith(MeasureRoot, StringComparison.Ordinal)
            ? Measure(_customer, _program, path[MeasureRoot.Length..], _now)
            : CustomerAttributes.Look(_customer, _person, _program.Model, path);
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
