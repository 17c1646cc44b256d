using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.LocalHost.Hosting;

/// <summary>Answers what a function's parameter is given; false: it is none of this trigger's.</summary>
internal delegate bool ParameterSource(ParameterInfo parameter, LocalFunctionContext context, out object? value);

/// <summary>Runs functions: a service scope, the middleware, the parameters, the method.</summary>
internal sealed class FunctionInvoker
{
    private static readonly ActivitySource Traces = new("Loyalty.LocalHost");
    private readonly IServiceProvider _services;
    private readonly DurableTaskClient _durable;
    private readonly FunctionExecutionDelegate _pipeline;
    private readonly Dictionary<Type, ObjectFactory> _factories = [];

    public FunctionInvoker(
        IServiceProvider services,
        DurableTaskClient durable,
        IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware,
        FunctionCatalog catalog)
    {
        _services = services;
        _durable = durable;
        _pipeline = middleware.Reverse().Aggregate((FunctionExecutionDelegate)CallAsync, (next, layer) => layer(next));
        var types = catalog.Functions
            .Where(function => !function.Method.IsStatic)
            .Select(function => function.Method.DeclaringType!);
        foreach (var type in types.Distinct())
            _factories.Add(type, ActivatorUtilities.CreateFactory(type, []));
    }

    /// <param name="function">What to run.</param>
    /// <param name="source">The trigger's values.</param>
    /// <param name="data">What middleware sees as binding data.</param>
    /// <param name="prepare">Fills the context before the middleware sees it.</param>
    /// <param name="trace">The caller's W3C trace context.</param>
    /// <param name="cancellation">Given to the function.</param>
    public async Task<LocalFunctionContext> InvokeAsync(
        LocalFunction function,
        ParameterSource source,
        IReadOnlyDictionary<string, object?>? data = null,
        Action<LocalFunctionContext>? prepare = null,
        string? trace = null,
        CancellationToken cancellation = default)
    {
        // An HTTP request has an activity of its own already.
        using var activity = trace is null || Activity.Current is not null
            ? null
            : Traces.StartActivity(function.Name, ActivityKind.Consumer, trace);
        await using var scope = _services.CreateAsyncScope();
        var context = new LocalFunctionContext(
            function,
            scope.ServiceProvider,
            data ?? ImmutableDictionary<string, object?>.Empty,
            trace,
            cancellation);
        context.Features.Set(source);
        prepare?.Invoke(context);
        await _pipeline(context);
        return context;
    }

    /// <summary>Text as a simple type, as routes and settings have it; false: it is none.</summary>
    public static bool TryConvert(string text, Type type, out object? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        value = null;
        try
        {
            if (type == typeof(string)) value = text;
            else if (type == typeof(Guid)) value = Guid.Parse(text, CultureInfo.InvariantCulture);
            else if (type.IsEnum) value = Enum.Parse(type, text, ignoreCase: true);
            else value = Convert.ChangeType(text, type, CultureInfo.InvariantCulture);
            return true;
        }
        catch (Exception exception) when (
            exception is FormatException or InvalidCastException or OverflowException or ArgumentException)
        {
            return false;
        }
    }

    private async Task CallAsync(FunctionContext context)
    {
        var local = (LocalFunctionContext)context;
        var function = local.Function;
        var arguments = new object?[function.Parameters.Length];
        for (var index = 0; index < arguments.Length; index++) arguments[index] = Bind(
            function.Parameters[index], local);
        var type = function.Method.DeclaringType!;
        var registered = function.Method.IsStatic ? null : context.InstanceServices.GetService(type);
        var made = function.Method.IsStatic || registered is not null
            ? null
            : _factories[type](context.InstanceServices, null);
        local.WasCalled = true;
        try
        {
            local.Result = await function.CallAsync(registered ?? made, arguments);
        }
        finally
        {
            if (made is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
            else (made as IDisposable)?.Dispose();
        }
    }

    private object? Bind(ParameterInfo parameter, LocalFunctionContext context)
    {
        var type = parameter.ParameterType;
        if (context.Features.Get<ParameterSource>()!(parameter, context, out var value)) return value;
        if (type == typeof(FunctionContext)) return context;
        if (type == typeof(CancellationToken)) return context.CancellationToken;
        if (type == typeof(DurableTaskClient)) return _durable;
        if (context.BindingContext.BindingData.TryGetValue(parameter.Name!, out var data) && data is not null)
        {
            if (type.IsInstanceOfType(data)) return data;
            if (data is string text && TryConvert(text, type, out var converted)) return converted;
        }

        if (parameter.HasDefaultValue) return parameter.DefaultValue;
        if (context.InstanceServices.GetService(type) is { } service) return service;
        throw new InvalidOperationException(
            $"Function '{context.Function.Name}' has a parameter '{parameter.Name}' of type {type} that nothing here "
                + $"can supply.");
    }
}
