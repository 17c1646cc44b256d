using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.LocalHost.Time;

/// <summary>
/// How long whoever writes leaves the file alone that takes no writes now (a full disk, a lock of another process): 1 s, then twice as long each time, at most 30 s. By the
/// wall clock: virtual time does not bring room on a disk.
/// </summary>
internal static class FilePause
{
    private static readonly Duration First = Duration.FromSeconds(1);

    private static readonly Duration Longest = Duration.FromSeconds(30);

    /// <summary>True: what stands in the way may pass. False: something else failed, or what is stored is damaged.</summary>
    public static bool Helps(Exception failure) => failure is StoreUnavailableException { IsDamage: false };

    /// <summary>The pause after one of this length; zero: there was none yet.</summary>
    public static Duration After(Duration last) => last == Duration.Zero ? First : Duration.Min(last * 2, Longest);
}
