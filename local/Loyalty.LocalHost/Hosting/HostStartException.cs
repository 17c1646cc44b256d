namespace Loyalty.LocalHost.Hosting;

/// <summary>The host cannot start; the message names what is wrong and what to do about it.</summary>
public sealed class HostStartException : Exception
{
    /// <param name="message">What and what to do.</param>
    /// <param name="inner">The cause, if it was an exception.</param>
    public HostStartException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
