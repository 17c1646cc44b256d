namespace Loyalty.LocalHost.Time;

/// <summary>Keeps a virtual clock where it is until disposed; see <see cref="HostClock.Busy"/>.</summary>
internal sealed class BusyScope : IDisposable
{
    private readonly HostClock _clock;
    private int _disposed;

    public BusyScope(HostClock clock, string what)
    {
        _clock = clock;
        What = what;
    }

    public string What { get; }

    public BusyScope? Previous { get; set; }

    public BusyScope? Next { get; set; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _clock.Close(this);
        }
    }
}
