using System.Collections.Frozen;
using Loyalty.Core.Events;
using Loyalty.Engine.Ports;

namespace Loyalty.Engine.Intake;

/// <summary>Fetches what a thin webhook pointed at and takes the result in like any delivery.</summary>
public sealed class ShopFetch(IEnumerable<IShopReader> readers, IntakeService intake)
{
    private readonly FrozenDictionary<string, IShopReader> _readers = readers.ToFrozenDictionary(static reader => reader.Platform, StringComparer.Ordinal);

    /// <summary>Reads, and accepts what was found before it answers.</summary>
    /// <param name="told">An event of type <see cref="EventTypes.ShopChanged"/>.</param>
    /// <param name="cancellation">Gives up; a repeat accepts the same events again, which changes nothing.</param>
    public async Task<ShopReading> FetchAsync(CanonicalEvent told, CancellationToken cancellation = default)
    {
        if (ShopResource.Of(told) is not { } resource) return new ShopReading.Refused("shop-pointer-malformed", "The event does not say what to fetch.");
        if (!_readers.TryGetValue(resource.Platform, out var reader))
            return new ShopReading.Refused("shop-not-configured", $"No access to {resource.Platform} is configured; set Connectors__{resource.Platform}__Token (docs/reference/settings.md).");
        var reading = await reader.ReadAsync(told, cancellation);
        if (reading is ShopReading.Found { Events: { Count: > 0 } events }) await intake.AcceptAsync(events, cancellation);
        return reading;
    }
}
