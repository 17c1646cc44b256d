using Loyalty.Functions.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.OpenApi;

/// <summary>The description of every route.</summary>
public sealed class OpenApiFunction
{
    [Function("OpenApi")]
    [Access(Role.Anyone)]
    [Operation("This document: every route, OpenAPI 3.1.", Answer = typeof(object))]
    public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "openapi.json")] HttpRequest request) =>
        Results.Bytes(OpenApiDocument.Bytes, "application/json");
}
