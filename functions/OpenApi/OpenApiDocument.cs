using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Core;
using Loyalty.Engine.Refusals;
using Loyalty.Functions.Access;
using Microsoft.AspNetCore.WebUtilities;

namespace Loyalty.Functions.OpenApi;

/// <summary>The program's HTTP interface as an OpenAPI 3.1 document, made from the functions themselves, so that it cannot drift from them.</summary>
internal static class OpenApiDocument
{
    private const string Problems = Problem.ContentType;

    /// <summary>The document of this assembly's functions, as UTF-8.</summary>
    public static byte[] Bytes { get; } =
        Encoding.UTF8.GetBytes(Build(HttpOperation.Of(typeof(OpenApiDocument).Assembly)).ToJsonString(Core.Serialization.LoyaltyJson.Options));

    /// <summary>The document of some operations. One without a description gets its name as its summary.</summary>
    public static JsonObject Build(IReadOnlyList<HttpOperation> operations)
    {
        var schemas = new OpenApiSchemas();
        var paths = new JsonObject();
        foreach (var path in operations.GroupBy(static one => one.Path).OrderBy(static path => path.Key, StringComparer.Ordinal))
        {
            paths["/api" + path.Key] = new JsonObject(path.Select(one => KeyValuePair.Create(one.Method, (JsonNode?)Of(one, schemas))));
        }

        schemas.Reference(typeof(Problem));
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Loyalty Functions",
                ["version"] = typeof(OpenApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0",
                ["description"] = "Loyalty and customer journeys. Refusals are problem details (RFC 9457) with a code.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.ToComponents(),
                ["securitySchemes"] = new JsonObject
                {
                    ["key"] = new JsonObject
                    {
                        ["type"] = "http",
                        ["scheme"] = "bearer",
                        ["description"] = "A key of the program: Keys__Admin, Keys__Marketer, Keys__Operator, Keys__Support, Keys__Integration.",
                    },
                },
            },
        };
    }

    private static JsonObject Of(HttpOperation one, OpenApiSchemas schemas)
    {
        var operation = new JsonObject
        {
            ["operationId"] = one.Name,
            ["summary"] = one.Operation?.Summary ?? one.Name,
            ["tags"] = new JsonArray(one.Route.Split('/')[0].Split('.')[0]),
        };
        if (NeedsKey(one))
        {
            operation["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() });
            operation["x-roles"] = new JsonArray([.. one.Roles.Select(static role => (JsonNode)role.ToString().ToLowerInvariant())]);
        }
        else if (one.Roles.Contains(Role.Signature))
        {
            operation["description"] = "Takes no key: the request itself is signed.";
        }

        if (Parameters(one) is { Count: > 0 } parameters) operation["parameters"] = parameters;
        if (Body(one, schemas) is { } body) operation["requestBody"] = body;
        operation["responses"] = Responses(one, schemas);
        return operation;
    }

    private static bool NeedsKey(HttpOperation one) => !one.Roles.Contains(Role.Anyone) && !one.Roles.Contains(Role.Signature);

    private static JsonArray Parameters(HttpOperation one)
    {
        var told = one.Function.GetCustomAttributes<ParameterAttribute>().ToList();
        var all = new JsonArray();
        foreach (var name in one.RouteParameters)
        {
            all.Add(Parameter(name, "path", true, told.Find(known => known.In == "path" && known.Name == name)?.Description));
        }

        foreach (var parameter in told.Where(static known => known.In != "path")) all.Add(Parameter(parameter.Name, parameter.In, parameter.Required, parameter.Description));
        return all;
    }

    private static JsonObject Parameter(string name, string where, bool required, string? description)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = where, ["required"] = required, ["schema"] = new JsonObject { ["type"] = "string" } };
        if (description is not null) parameter["description"] = description;
        return parameter;
    }

    private static JsonObject? Body(HttpOperation one, OpenApiSchemas schemas)
    {
        var operation = one.Operation;
        var mediaTypes = operation?.BodyMediaTypes is { Length: > 0 } told ? told
            : operation?.Body is not null || one.Method is "post" or "put" or "patch" ? ["application/json"] : [];
        if (mediaTypes.Length == 0) return null;
        var content = new JsonObject();
        foreach (var mediaType in mediaTypes)
        {
            content[mediaType] = new JsonObject { ["schema"] = operation?.Body is { } type ? schemas.Reference(type) : new JsonObject() };
        }

        return new JsonObject { ["required"] = operation?.Body is not null, ["content"] = content };
    }

    private static JsonObject Responses(HttpOperation one, OpenApiSchemas schemas)
    {
        var responses = new SortedDictionary<int, JsonObject>();
        foreach (var status in one.Operation?.Statuses ?? [200])
        {
            var answer = new JsonObject { ["description"] = ReasonPhrases.GetReasonPhrase(status) };
            if (one.Operation?.Answer is { } type && status is >= 200 and < 300 and not 204)
            {
                answer["content"] = new JsonObject { [one.Operation.AnswerMediaType] = new JsonObject { ["schema"] = schemas.Reference(type) } };
            }
            else if (one.Operation is { AnswerMediaType: not "application/json" } other)
            {
                answer["content"] = new JsonObject { [other.AnswerMediaType] = new JsonObject() };
            }

            responses[status] = answer;
        }

        foreach (var refusals in Refusals(one).GroupBy(RefusalTable.Status))
        {
            responses[refusals.Key] = new JsonObject
            {
                ["description"] = string.Join(" or ", refusals.Distinct().Select(RefusalTable.Name).Order(StringComparer.Ordinal)),
                ["content"] = new JsonObject { [Problems] = new JsonObject { ["schema"] = schemas.Reference(typeof(Problem)) } },
            };
        }

        return new JsonObject(responses.Select(static one => KeyValuePair.Create(one.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)one.Value)));
    }

    private static IEnumerable<RefusalCode> Refusals(HttpOperation one)
    {
        var keys = NeedsKey(one) ? [RefusalCode.Unauthorized, RefusalCode.Forbidden] : Array.Empty<RefusalCode>();
        return keys.Append(RefusalCode.RateLimited).Append(RefusalCode.Unavailable).Append(RefusalCode.InternalError).Concat(one.Operation?.Refusals ?? []);
    }
}
