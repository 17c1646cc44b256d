using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Loyalty.LocalHost.Hosting;

/// <summary>The functions of some classes.</summary>
public sealed class FunctionCatalog
{
    private FunctionCatalog(IReadOnlyList<LocalFunction> functions) => Functions = functions;

    /// <summary>All, by name.</summary>
    public IReadOnlyList<LocalFunction> Functions { get; }

    /// <summary>Finds every public method with <c>[Function]</c>.</summary>
    /// <exception cref="HostStartException">Two functions of one name, or one without exactly one trigger.</exception>
    public static FunctionCatalog Discover(IEnumerable<Type> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        var functions = new SortedDictionary<string, LocalFunction>(StringComparer.OrdinalIgnoreCase);
        const BindingFlags Any =
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var method in types.Distinct().SelectMany(type => type.GetMethods(Any)))
        {
            if (method.GetCustomAttribute<FunctionAttribute>() is not { } attribute) continue;
            var function = Describe(attribute.Name, method);
            if (functions.TryGetValue(function.Name, out var other))
            {
                throw new HostStartException(
                    $"Two functions are named '{function.Name}': {other.EntryPoint} and {function.EntryPoint}. Rename "
                        + $"one; case makes no difference.");
            }

            functions.Add(function.Name, function);
        }

        return new FunctionCatalog([.. functions.Values]);
    }

    /// <summary>The functions with a kind of trigger.</summary>
    internal IEnumerable<(LocalFunction Function, TTrigger Trigger)> With<TTrigger>()
        where TTrigger : TriggerBindingAttribute =>
        Functions.Where(function => function.Trigger is TTrigger).Select(
            function => (function, (TTrigger)function.Trigger));

    private static LocalFunction Describe(string name, MethodInfo method)
    {
        var triggers = method.GetParameters()
            .Select(parameter => (parameter, trigger: parameter.GetCustomAttribute<TriggerBindingAttribute>()))
            .Where(pair => pair.trigger is not null)
            .ToList();
        if (triggers.Count != 1)
        {
            throw new HostStartException(
                $"Function '{name}' ({method.DeclaringType!.FullName}.{method.Name}) has {triggers.Count} triggers; "
                    + $"exactly one parameter carries one.");
        }

        return new LocalFunction(name, method, triggers[0].parameter, triggers[0].trigger!);
    }
}
