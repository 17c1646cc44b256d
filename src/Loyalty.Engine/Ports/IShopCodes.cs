using Loyalty.Core.Offers;
using NodaTime;

namespace Loyalty.Engine.Ports;

/// <summary>Discount codes in the shop: what a connector does for offers with <c>redeem-at: shop</c> whose codes are made by a pattern.</summary>
public interface IShopCodes
{
    /// <summary>Makes the code in the shop, for one use. Asked again with the same code it answers <see cref="ShopCodeAnswer.Done"/> and makes no second one.</summary>
    Task<ShopCodeAnswer> CreateAsync(ShopCode code, CancellationToken cancellation = default);

    /// <summary>The code shall not be usable any more; one that is not there is success.</summary>
    Task<ShopCodeAnswer> DisableAsync(ShopCode code, CancellationToken cancellation = default);
}

/// <summary>A code for the shop.</summary>
/// <param name="Code">As the customer types it.</param>
/// <param name="Offer">What it gives; always a discount.</param>
/// <param name="ValidUntil">null: for ever.</param>
/// <param name="Currency">The program's.</param>
public sealed record ShopCode(string Code, OfferRule Offer, Instant? ValidUntil, string Currency);

/// <summary>What a shop answered; a closed set. Where it cannot be reached, <see cref="ShopUnavailableException"/> is thrown and the effect is tried again.</summary>
public abstract record ShopCodeAnswer
{
    private ShopCodeAnswer()
    {
    }

    /// <summary>It is so.</summary>
    public sealed record Done : ShopCodeAnswer;

    /// <summary>The shop will never do it.</summary>
    public sealed record Failed(string Why) : ShopCodeAnswer;
}

/// <summary>No shop is connected: codes for it come from pools.</summary>
public sealed class NoShopCodes : IShopCodes
{
    /// <summary>Why.</summary>
    public const string Reason = "no-shop-connected";

    /// <inheritdoc/>
    public Task<ShopCodeAnswer> CreateAsync(ShopCode code, CancellationToken cancellation = default) =>
        Task.FromResult<ShopCodeAnswer>(new ShopCodeAnswer.Failed(Reason));

    /// <inheritdoc/>
    public Task<ShopCodeAnswer> DisableAsync(ShopCode code, CancellationToken cancellation = default) => CreateAsync(code, cancellation);
}

/// <summary>A shop's interface cannot be reached, or takes no more for now.</summary>
/// <param name="message">What happened; never a secret.</param>
/// <param name="isUntouched">True: what was asked for was certainly not done.</param>
public sealed class ShopUnavailableException(string message, bool isUntouched) : Exception(message)
{
    /// <summary>True: what was asked for was certainly not done. False: nobody knows, and it has to be looked up.</summary>
    public bool IsUntouched { get; } = isUntouched;

    /// <summary>How long the shop asks to be left alone; null: it does not say.</summary>
    public Duration? RetryAfter { get; init; }
}
