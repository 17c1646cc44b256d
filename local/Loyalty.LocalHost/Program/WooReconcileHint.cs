using Loyalty.Functions.Events;
using Loyalty.LocalHost.Hosting;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>A real shop does not live in virtual time: there is never anything to read, and the clock need not stop every five minutes.</summary>
internal sealed class WooReconcileHint : IIdleHint
{
    /// <inheritdoc/>
    public string Function => nameof(WooReconcile);

    /// <inheritdoc/>
    public Instant? EarliestUse() => null;
}
