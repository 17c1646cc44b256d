using System.Reflection;
using System.Runtime.CompilerServices;

namespace Loyalty.Deployment.Tests.AzureApi;

/// <summary>What an assembly offers to callers and derivers, in the form of <see cref="ApiText"/>.</summary>
internal static class ContractSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
        [typeof(byte)] = "byte",
    };

    /// <summary>Public types by full name; a generic type goes by its name without arity.</summary>
    public static IReadOnlyDictionary<string, SortedSet<string>> Of(Assembly assembly)
    {
        var types = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var type in assembly.GetExportedTypes().Where(static type => !type.IsNested && !type.IsEnum && !typeof(Delegate).IsAssignableFrom(type)))
        {
            var name = type.FullName!.Split('`')[0];
            if (!types.TryGetValue(name, out var members)) types[name] = members = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var member in MembersOf(type)) members.Add(member);
        }

        return types;
    }

    private static IEnumerable<string> MembersOf(Type type)
    {
        var isRecord = type.GetMethod("<Clone>$", Declared) is not null || type.GetMethod("PrintMembers", Declared) is not null;
        foreach (var constructor in type.GetConstructors(Declared).Where(Seen))
        {
            var parameters = constructor.GetParameters();
            if (isRecord && !constructor.IsPublic && parameters is [{ } only] && only.ParameterType == type) continue;
            yield return Line(constructor, $"new({Parameters(constructor)})");
        }

        foreach (var property in type.GetProperties(Declared))
        {
            var accessor = property.GetAccessors(true).FirstOrDefault(Seen);
            if (accessor is null || property.Name == "EqualityContract") continue;
            var names = property.GetAccessors(true).Where(one => one.IsPublic || property.GetMethod is null or { IsPublic: false })
                .Where(Seen).Select(one => one.Name.StartsWith("get_", StringComparison.Ordinal) ? "get" : IsInit(one) ? "init" : "set").Order(StringComparer.Ordinal);
            yield return Line(accessor, $"{Name(property.PropertyType)} {property.Name} {{{string.Join(' ', names)}}}");
        }

        foreach (var method in type.GetMethods(Declared).Where(Seen))
        {
            var isOperator = method.Name == "op_Implicit";
            if ((method.IsSpecialName && !isOperator) || (isRecord && IsOfRecords(method)) || OfObject(method)) continue;
            var generics = method.IsGenericMethodDefinition ? $"<{string.Join(',', method.GetGenericArguments().Select(static one => one.Name))}>" : "";
            yield return Line(method, $"{Name(method.ReturnType)} {method.Name}{generics}({Parameters(method)})");
        }

        foreach (var field in type.GetFields(Declared).Where(static field => field.IsPublic))
            yield return (field.IsLiteral ? "const " : field.IsStatic ? "static " : "") + $"{Name(field.FieldType)} {field.Name}";
    }

    private static bool Seen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    /// <summary>Overrides of Object and explicit operators of equality say nothing about the API's shape.</summary>
    private static bool OfObject(MethodInfo method) => method.GetBaseDefinition().DeclaringType == typeof(object) || method.Name == "Equals";

    private static bool IsOfRecords(MethodInfo method) => method.IsDefined(typeof(CompilerGeneratedAttribute), false) || method.Name is "PrintMembers" or "Deconstruct" or "<Clone>$";

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Line(MethodBase method, string form)
    {
        var modifiers = new List<string>();
        if (!method.IsPublic) modifiers.Add("protected");
        if (method.IsStatic) modifiers.Add("static");
        if (method is MethodInfo info && !method.DeclaringType!.IsInterface)
        {
            if (info.GetBaseDefinition() != info) modifiers.Add("override");
            else if (info.IsAbstract) modifiers.Add("abstract");
            else if (info.IsVirtual && !info.IsFinal) modifiers.Add("virtual");
        }

        return string.Join(' ', modifiers.Order(StringComparer.Ordinal).Append(form));
    }

    private static string Parameters(MethodBase method) =>
        string.Join(',', method.GetParameters().Select(static one => Name(one.ParameterType) + (one.HasDefaultValue ? "=" : "")));

    private static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return type.Name;
        return $"{type.Name.Split('`')[0]}<{string.Join(',', type.GetGenericArguments().Select(Name))}>";
    }
}
