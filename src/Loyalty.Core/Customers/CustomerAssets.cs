using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>A thing bought that needs service: a car, a boiler.</summary>
public sealed record CustomerAsset
{
    public required string AssetId { get; init; }

    /// <summary>What was told of it (<c>kind</c> and whatever else), the latest value of each name.</summary>
    public ImmutableSortedDictionary<string, Told<AttributeValue>> Attributes { get; init; } =
        ImmutableSortedDictionary.Create<string, Told<AttributeValue>>(StringComparer.Ordinal);

    /// <summary>When the first thing told of it occurred.</summary>
    public required Instant RegisteredAt { get; init; }

    /// <summary>The latest registration or update.</summary>
    public Instant? LastHeldAt { get; init; }

    /// <summary>The latest removal; null: none.</summary>
    public Instant? RemovedAt { get; init; }

    /// <summary>The customer has it: it never went, or was registered again since.</summary>
    [JsonIgnore]
    public bool IsHeld => RemovedAt is null || LastHeldAt > RemovedAt;
}

/// <summary>Folds what is told of assets: commutative, associative, idempotent. Of one moment removal counts.</summary>
public static class CustomerAssets
{
    public const string Registered = "asset.registered";
    public const string Updated = "asset.updated";
    public const string Removed = "asset.removed";

    /// <summary>Folds an occurrence; one that is not about an asset changes nothing.</summary>
    public static CustomerState Fold(CustomerState customer, Occurrence occurrence)
    {
        if (occurrence.Type is not (Registered or Updated or Removed)) return customer;
        if (RunPaths.Of(occurrence, "asset-id") is not AttributeValue.Text { Value.Length: > 0 } id) return customer;
        var known = Find(customer, id.Value);
        var told = Told(id.Value, occurrence);
        var others = known is null ? customer.Assets : customer.Assets.Remove(known);
        return customer with { Assets = Bounded(others.Add(known is null ? told : Merge(known, told))) };
    }

    /// <summary>The asset, held or not; null: never told of.</summary>
    public static CustomerAsset? Find(CustomerState customer, string assetId)
    {
        foreach (var asset in customer.Assets)
        {
            if (asset.AssetId == assetId) return asset;
        }

        return null;
    }

    /// <summary>Of two people who are one: what either has.</summary>
    public static ImmutableArray<CustomerAsset> Join(ImmutableArray<CustomerAsset> one, ImmutableArray<CustomerAsset> other)
    {
        foreach (var asset in other)
        {
            var known = one.FirstOrDefault(own => own.AssetId == asset.AssetId);
            one = known is null ? one.Add(asset) : one.Replace(known, Merge(known, asset));
        }

        return Bounded(one);
    }

    /// <summary><c>asset.*</c> as conditions and templates see it.</summary>
    public static AttributeValue Look(CustomerAsset? asset, string name) => asset is null ? AttributeValue.None : name switch
    {
        "id" => asset.AssetId,
        "registered-at" => asset.RegisteredAt,
        "removed-at" => asset is { IsHeld: false, RemovedAt: { } at } ? at : AttributeValue.None,
        "is-held" => asset.IsHeld,
        _ => asset.Attributes.GetValueOrDefault(name)?.Value ?? AttributeValue.None,
    };

    private static CustomerAsset Told(string id, Occurrence occurrence)
    {
        var told = occurrence.Attributes.Remove("asset-id").Where(static a => a.Value is not AttributeValue.Unset);
        return new CustomerAsset
        {
            AssetId = id,
            Attributes = told.ToImmutableSortedDictionary(static a => a.Key, a => new Told<AttributeValue>(a.Value, occurrence.At), StringComparer.Ordinal),
            RegisteredAt = occurrence.At,
            LastHeldAt = occurrence.Type == Removed ? null : occurrence.At,
            RemovedAt = occurrence.Type == Removed ? occurrence.At : null,
        };
    }

    private static CustomerAsset Merge(CustomerAsset known, CustomerAsset told)
    {
        var attributes = known.Attributes;
        foreach (var (name, value) in told.Attributes)
        {
            var later = Customers.Told.Later(attributes.GetValueOrDefault(name), value, static v => v.ToString());
            attributes = attributes.SetItem(name, later!);
        }

        return known with
        {
            Attributes = attributes,
            RegisteredAt = Instant.Min(known.RegisteredAt, told.RegisteredAt),
            LastHeldAt = Later(known.LastHeldAt, told.LastHeldAt),
            RemovedAt = Later(known.RemovedAt, told.RemovedAt),
        };
    }

    private static Instant? Later(Instant? one, Instant? other) => one is null || other > one ? other : one;

    /// <summary>Of too many those that went leave first, then the oldest.</summary>
    private static ImmutableArray<CustomerAsset> Bounded(ImmutableArray<CustomerAsset> assets)
    {
        while (assets.Length > CustomerLimits.Assets)
        {
            assets = assets.Remove(assets.OrderBy(static asset => asset.IsHeld).ThenBy(static asset => asset.RegisteredAt).First());
        }

        return assets.Sort(static (a, b) => string.CompareOrdinal(a.AssetId, b.AssetId));
    }
}
