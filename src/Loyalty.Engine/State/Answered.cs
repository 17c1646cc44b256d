namespace Loyalty.Engine.State;

/// <summary>What has answered by the time the call returns, as every call does where documents are objects in memory.</summary>
internal static class Answered
{
    /// <summary>The answer.</summary>
    /// <exception cref="InvalidOperationException">It has not answered.</exception>
    public static T Answer<T>(this ValueTask<T> task) => task.IsCompleted
        ? task.GetAwaiter().GetResult()
        : throw new InvalidOperationException("A call that answers at once was expected.");

    /// <summary>It is done.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public static void Answer(this Task task)
    {
        if (!task.IsCompleted) throw new InvalidOperationException("A call that answers at once was expected.");
        task.GetAwaiter().GetResult();
    }
}
