using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace Loyalty.LocalHost.Hosting;

/// <summary>A function found by reflection: its method, its trigger, and what its parameters want.</summary>
public sealed class LocalFunction
{
    private readonly MethodInvoker _invoker;
    private readonly Func<Task, object?>? _result;

    internal LocalFunction(
        string name, MethodInfo method, ParameterInfo triggerParameter, TriggerBindingAttribute trigger)
    {
        Name = name;
        Method = method;
        TriggerParameter = triggerParameter;
        Trigger = trigger;
        Parameters = method.GetParameters();
        _invoker = MethodInvoker.Create(method);
        EntryPoint = $"{method.DeclaringType!.FullName}.{method.Name}";
        Definition = new LocalFunctionDefinition(this);
        BodyParameter = Array.Find(Parameters, static parameter => parameter.IsDefined(typeof(FromBodyAttribute))
            || parameter.IsDefined(typeof(Microsoft.AspNetCore.Mvc.FromBodyAttribute)));
        if (method.ReturnType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Task<>))
        {
            _result = typeof(LocalFunction).GetMethod(nameof(ResultOfTask), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.GetGenericArguments()).CreateDelegate<Func<Task, object?>>();
        }
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its code.</summary>
    public MethodInfo Method { get; }

    /// <summary>The parameter with the trigger.</summary>
    public ParameterInfo TriggerParameter { get; }

    /// <summary>What starts it.</summary>
    public TriggerBindingAttribute Trigger { get; }

    internal ParameterInfo[] Parameters { get; }

    internal FunctionDefinition Definition { get; }

    /// <summary><c>Namespace.Type.Method</c>.</summary>
    internal string EntryPoint { get; }

    /// <summary>The parameter that takes the request's JSON body, if there is one.</summary>
    internal ParameterInfo? BodyParameter { get; }

    /// <summary>True if the trigger attribute sets a property in so many words.</summary>
    internal bool Sets(string property) => TriggerParameter.GetCustomAttributesData()
        .Any(data => data.AttributeType == Trigger.GetType()
            && data.NamedArguments.Any(argument => argument.MemberName == property));

    /// <summary>Calls the method and awaits what it returns.</summary>
    internal async Task<object?> CallAsync(object? target, object?[] arguments)
    {
        var result = _invoker.Invoke(target, arguments.AsSpan());
        switch (result)
        {
            case Task task:
                await task;
                return _result?.Invoke(task);
            case ValueTask task:
                await task;
                return null;
            case not null when result.GetType() is { IsGenericType: true } type
                && type.GetGenericTypeDefinition() == typeof(ValueTask<>):
                var asTask = (Task)type.GetMethod(nameof(ValueTask<int>.AsTask))!.Invoke(result, null)!;
                await asTask;
                return ResultOf(asTask);
            default:
                return result;
        }
    }

    private static object? ResultOfTask<T>(Task task) => ((Task<T>)task).Result;

    private static object? ResultOf(Task task) => task.GetType().GetProperty(nameof(Task<int>.Result))!.GetValue(task);
}
