namespace Loyalty.LocalHost.Durable;

/// <summary>The engine's time. Ticks are those of <see cref="DateTime"/> in UTC.</summary>
public interface IDurableClock
{
    /// <summary>Now.</summary>
    long UtcTicks { get; }

    /// <summary>Something has come under way: virtual time stands still until <see cref="Exit"/>. Called
    /// alternately.</summary>
    void Enter();

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    void Exit();

    /// <summary>The engine's earliest timer has changed.</summary>
    void TimersChanged();
}
