using System.Reflection;
using System.Text.RegularExpressions;
using Loyalty.Functions.Access;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.OpenApi;

/// <summary>One route and method of the program, read from its function.</summary>
/// <param name="Name">The function's name; the operation's id, with the method behind it where the function takes several.</param>
/// <param name="Method">In lower case.</param>
/// <param name="Route">Below <c>/api/</c>.</param>
/// <param name="Function">The code.</param>
/// <param name="Operation">Its description; null: it has none.</param>
/// <param name="Roles">Who may call it.</param>
internal sealed partial record HttpOperation(
    string Name, string Method, string Route, MethodInfo Function, OperationAttribute? Operation, IReadOnlyList<Role> Roles)
{
    /// <summary>The parameters in the route, in order.</summary>
    public IReadOnlyList<string> RouteParameters => [.. ParameterPattern().Matches(Route).Select(static match => match.Groups["name"].Value)];

    /// <summary>The route as OpenAPI writes it: no constraints, no marks of optional parts.</summary>
    public string Path => "/" + ParameterPattern().Replace(Route, "{${name}}");

    /// <summary>Every HTTP function of an assembly × its methods, by route.</summary>
    public static IReadOnlyList<HttpOperation> Of(Assembly assembly) =>
    [
        .. (from type in assembly.GetTypes()
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            let function = method.GetCustomAttribute<FunctionAttribute>()
            let trigger = method.GetParameters().Select(static one => one.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(static one => one is not null)
            where function is not null && trigger is not null
            let methods = trigger.Methods ?? []
            from verb in methods
            select new HttpOperation(
                methods.Length > 1 ? function.Name + "-" + verb.ToLowerInvariant() : function.Name,
                verb.ToLowerInvariant(),
                trigger.Route ?? function.Name,
                method,
                method.GetCustomAttribute<OperationAttribute>(),
                method.GetCustomAttribute<AccessAttribute>()?.Roles ?? []))
            .OrderBy(static one => one.Route, StringComparer.Ordinal).ThenBy(static one => one.Method, StringComparer.Ordinal),
    ];

    [GeneratedRegex(@"\{\*{0,2}(?<name>\w+)[^}]*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ParameterPattern();
}
