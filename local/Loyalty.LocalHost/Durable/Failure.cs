using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.DurableTask;

namespace Loyalty.LocalHost.Durable;

/// <summary>A task's failure as it is stored; bounded, and the exception itself does not cross.</summary>
/// <param name="Details">Type, message, stack, cause.</param>
/// <param name="Final">True if trying again cannot help (no such function).</param>
internal sealed record Failure(TaskFailureDetails Details, bool Final)
{
    private const int MessageCharacters = 1024;
    private const int StackCharacters = 1024;
    private const int Causes = 3;

    public static Failure From(Exception exception, bool final = false) => new(Describe(exception, Causes)!, final);

    public string ToJson() =>
        JsonSerializer.Serialize(new Wire(Wire.Of(Details)!, Final ? true : null), FailureJson.Default.Wire);

    public static Failure Parse(string json)
    {
        var wire = JsonSerializer.Deserialize(json, FailureJson.Default.Wire)!;
        return new Failure(wire.Error.ToDetails(), wire.Final ?? false);
    }

    private static TaskFailureDetails? Describe(Exception? exception, int causes)
    {
        if (exception is null || causes < 0) return null;
        if (exception is AggregateException { InnerExceptions.Count: 1 } aggregate)
            return Describe(aggregate.InnerException, causes);

        // A failed task's own details tell more than the exception that carried them.
        var inner = exception is TaskFailedException failed
            ? Trim(failed.FailureDetails, causes - 1)
            : Describe(exception.InnerException, causes - 1);
        return new TaskFailureDetails(
            exception.GetType().ToString(),
            Cut(exception.Message, MessageCharacters)!,
            Cut(exception.StackTrace, StackCharacters),
            inner,
            null);
    }

    private static TaskFailureDetails? Trim(TaskFailureDetails? details, int causes) =>
        details is null || causes < 0 ? null : details with { InnerFailure = Trim(details.InnerFailure, causes - 1) };

    private static string? Cut(string? text, int characters) =>
        text is null || text.Length <= characters ? text : text[..characters] + "…";

    internal sealed record Wire(WireError Error, bool? Final)
    {
        public static WireError? Of(TaskFailureDetails? details) =>
            details is null
                ? null
                : new WireError(details.ErrorType, details.ErrorMessage, details.StackTrace, Of(details.InnerFailure));
    }

    internal sealed record WireError(string Type, string Message, string? Stack, WireError? Cause)
    {
        public TaskFailureDetails ToDetails() => new(Type, Message, Stack, Cause?.ToDetails(), null);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Failure.Wire))]
internal sealed partial class FailureJson : JsonSerializerContext;
