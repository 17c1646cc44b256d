using System.Reflection;
using Loyalty.LocalHost.Durable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Loyalty.LocalHost.Hosting;

/// <summary>Makes orchestrator and activity functions known to the engine.</summary>
internal static class DurableFunctionBinding
{
    public static DurableFunctions Register(FunctionCatalog catalog, Func<FunctionInvoker> invoker)
    {
        var durable = new DurableFunctions();
        foreach (var (function, trigger) in catalog.With<OrchestrationTriggerAttribute>())
            durable.AddOrchestrator(
                trigger.Orchestration ?? function.Name, context => OrchestrateAsync(invoker(), function, context));
        foreach (var (function, trigger) in catalog.With<ActivityTriggerAttribute>())
            durable.AddActivity(trigger.Activity ?? function.Name, call => ActAsync(invoker(), function, call));
        return durable;
    }

    private static async Task<object?> OrchestrateAsync(
        FunctionInvoker invoker, LocalFunction function, TaskOrchestrationContext orchestration)
    {
        // Another parameter of an orchestrator than context and host types is its input.
        bool Source(ParameterInfo parameter, LocalFunctionContext _, out object? value)
        {
            var type = parameter.ParameterType;
            value = type == typeof(TaskOrchestrationContext) ? orchestration : null;
            if (value is not null) return true;
            if (type == typeof(FunctionContext) || type == typeof(CancellationToken)) return false;
            value = InputOf(orchestration, type);
            return true;
        }

        var context = await invoker.InvokeAsync(function, Source);
        return context.Result;
    }

    private static object? InputOf(TaskOrchestrationContext orchestration, Type type) =>
        typeof(TaskOrchestrationContext)
        .GetMethod(nameof(TaskOrchestrationContext.GetInput))!.MakeGenericMethod(type).Invoke(orchestration, null);

    private static async Task<object?> ActAsync(FunctionInvoker invoker, LocalFunction function, ActivityCall call)
    {
        var context = await invoker.InvokeAsync(
            function,
            (ParameterInfo parameter, LocalFunctionContext _, out object? value) =>
            {
                value = typeof(TaskActivityContext).IsAssignableTo(parameter.ParameterType)
                    && parameter.ParameterType != typeof(object)
                    ? call
                    : parameter == function.TriggerParameter ? call.GetInput(parameter.ParameterType)
                    : null;
                return value is not null || parameter == function.TriggerParameter;
            },
            new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["instanceId"] = call.InstanceId },
            cancellation: call.Stopping);
        return context.Result;
    }
}
