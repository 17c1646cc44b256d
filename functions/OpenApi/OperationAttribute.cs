using Loyalty.Core;

namespace Loyalty.Functions.OpenApi;

/// <summary>
/// Describes an HTTP function in <c>/api/openapi.json</c>. Every HTTP function carries one (a test names those that do not). Route, methods, path
/// parameters, roles and the refusals of keys follow from the function itself; here stands what the code cannot tell.
/// </summary>
/// <param name="summary">What it does, one sentence.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(string summary) : Attribute
{
    /// <summary>What it does, one sentence.</summary>
    public string Summary { get; } = summary;

    /// <summary>What the JSON body of the request is; null: no body, or one of another format, see <see cref="BodyMediaTypes"/>.</summary>
    public Type? Body { get; init; }

    /// <summary>The media types of the request's body. Default: <c>application/json</c> where there is a body or the method is POST, PUT or PATCH.</summary>
    public string[] BodyMediaTypes { get; init; } = [];

    /// <summary>What the JSON body of the answer is (an array or list type for a list); null: none is promised.</summary>
    public Type? Answer { get; init; }

    /// <summary>The media type of the answer. Default <c>application/json</c>.</summary>
    public string AnswerMediaType { get; init; } = "application/json";

    /// <summary>Statuses of success. Default 200.</summary>
    public int[] Statuses { get; init; } = [200];

    /// <summary>What it may refuse with besides what every function can (keys, an unreachable store).</summary>
    public RefusalCode[] Refusals { get; init; } = [];
}

/// <summary>A parameter in the query or a header, or a better word about one of the route. Several may stand on a function.</summary>
/// <param name="name">As it is sent.</param>
/// <param name="description">What it means, with an example where that helps.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ParameterAttribute(string name, string description) : Attribute
{
    /// <summary>As it is sent.</summary>
    public string Name { get; } = name;

    /// <summary>What it means.</summary>
    public string Description { get; } = description;

    /// <summary><c>query</c> (default), <c>header</c> or <c>path</c>.</summary>
    public string In { get; init; } = "query";

    /// <summary>Whether it has to be there. Default false; those of the route always have to.</summary>
    public bool Required { get; init; }
}
