namespace Loyalty.Simulation;

/// <summary>
/// A stream of draws without allocation: SplitMix64 (Steele, Lea and Flood 2014) from a state that follows from its key. The same key gives the
/// same draws on every machine and in every version.
/// </summary>
public struct Draws
{
    private ulong _state;

    private Draws(ulong state) => _state = state;

    /// <summary>The stream of a key.</summary>
    public static Draws Of(ulong key) => new(key);

    /// <summary>A key that follows from two others.</summary>
    public static ulong Key(ulong one, ulong other) => Mix(unchecked(one ^ (Mix(other) * 0x9E3779B97F4A7C15)));

    /// <summary>A key that follows from a text (FNV-1a, 64 bits).</summary>
    public static ulong Key(string text)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var c in text) hash = unchecked((hash ^ c) * 0x100000001B3);
        return hash;
    }

    /// <summary>64 random bits.</summary>
    public ulong Bits()
    {
        _state = unchecked(_state + 0x9E3779B97F4A7C15);
        return Mix(_state);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with this probability; one draw, whatever it is.</summary>
    public bool Chance(double probability) => Unit() < probability;

    /// <summary>Uniform from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public int Whole(int from, int to) => from + (int)(Unit() * (to - from + 1L));

    /// <summary>Exponential with this mean.</summary>
    public double Exponential(double mean) => -mean * Math.Log(1 - Unit());

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
