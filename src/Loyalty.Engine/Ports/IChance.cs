using System.Security.Cryptography;

namespace Loyalty.Engine.Ports;

/// <summary>Numbers that nobody can foretell: codes and the seeds of draws.</summary>
public interface IChance
{
    /// <summary>0 to below <paramref name="bound"/>, each as likely as the other.</summary>
    int Below(int bound);

    /// <summary>So many bytes.</summary>
    byte[] Bytes(int count);
}

/// <summary>The system's cryptographic generator.</summary>
public sealed class SystemChance : IChance
{
    /// <inheritdoc/>
    public int Below(int bound) => RandomNumberGenerator.GetInt32(bound);

    /// <inheritdoc/>
    public byte[] Bytes(int count) => RandomNumberGenerator.GetBytes(count);
}
