using Loyalty.Core;
using Loyalty.Engine.Refusals;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Http;

/// <summary>Answers of HTTP functions.</summary>
internal static class Problems
{
    /// <summary>RFC 9457 with our code.</summary>
    public static IResult Result(RefusalCode code, string? detail)
    {
        var problem = RefusalTable.ToProblem(code, detail);
        return Results.Json(problem, Core.Serialization.LoyaltyJson.Options, Problem.ContentType, problem.Status);
    }

    /// <summary>A refusal of a use case; without words of its own the code's say what to do.</summary>
    public static IResult Refused(RefusalCode code, string? detail = null) => Result(code, detail ?? RefusalTable.Remedy(code));

    /// <summary>A document in the program's JSON.</summary>
    public static IResult Json<T>(T value, int status = StatusCodes.Status200OK) =>
        Results.Json(value, Core.Serialization.LoyaltyJson.Options, statusCode: status);

    /// <summary>404.</summary>
    public static IResult NotFound(string what) => Result(RefusalCode.NotFound, what);
}
