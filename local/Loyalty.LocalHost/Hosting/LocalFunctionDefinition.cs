using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.LocalHost.Hosting;

/// <summary>A function as middleware sees it.</summary>
internal sealed class LocalFunctionDefinition : FunctionDefinition
{
    public LocalFunctionDefinition(LocalFunction function)
    {
        Name = function.Name;
        Id = function.Name;
        EntryPoint = function.EntryPoint;
        PathToAssembly = function.Method.DeclaringType!.Assembly.Location;
        Parameters =
        [
            .. function.Parameters.Select(parameter => new FunctionParameter(parameter.Name!, parameter.ParameterType)),
        ];
        var type = function.Trigger.GetType().Name;
        var binding = new LocalBinding(
            function.TriggerParameter.Name!,
            char.ToLowerInvariant(type[0]) + type[1..^nameof(Attribute).Length],
            BindingDirection.In);
        InputBindings = ImmutableDictionary<string, BindingMetadata>.Empty.Add(binding.Name, binding);
    }

    public override ImmutableArray<FunctionParameter> Parameters { get; }

    public override string PathToAssembly { get; }

    public override string EntryPoint { get; }

    public override string Id { get; }

    public override string Name { get; }

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; }

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings =>
        ImmutableDictionary<string, BindingMetadata>.Empty;

    private sealed class LocalBinding(string name, string type, BindingDirection direction) : BindingMetadata
    {
        public override string Name { get; } = name;

        public override string Type { get; } = type;

        public override BindingDirection Direction { get; } = direction;
    }
}

/// <summary>One invocation as middleware and functions see it.</summary>
internal sealed class LocalFunctionContext : FunctionContext
{
    private static readonly RetryContext None = new NoRetries();
    private readonly CancellationToken _cancellation;
    private readonly string? _trace;
    private string? _invocationId;
    private TraceContext? _traceContext;
    private IDictionary<object, object>? _items;

    public LocalFunctionContext(
        LocalFunction function,
        IServiceProvider services,
        IReadOnlyDictionary<string, object?> data,
        string? parentTrace,
        CancellationToken cancellation)
    {
        Function = function;
        InstanceServices = services;
        BindingContext = new Bindings(data);
        _trace = parentTrace ?? Activity.Current?.Id;
        _cancellation = cancellation;
    }

    public LocalFunction Function { get; }

    /// <summary>What the function returned.</summary>
    public object? Result { get; set; }

    /// <summary>True once the function itself has been called; a middleware may have answered instead.</summary>
    public bool WasCalled { get; set; }

    public override string InvocationId => _invocationId ??= ActivityTraceId.CreateRandom().ToHexString();

    public override string FunctionId => Function.Name;

    public override TraceContext TraceContext => _traceContext ??= new Trace(_trace ?? string.Empty);

    public override BindingContext BindingContext { get; }

    public override RetryContext RetryContext => None;

    public override IServiceProvider InstanceServices { get; set; }

    public override FunctionDefinition FunctionDefinition => Function.Definition;

    public override IDictionary<object, object> Items
    {
        get => _items ??= new Dictionary<object, object>();
        set => _items = value;
    }

    public override IInvocationFeatures Features { get; } = new FeatureSet();

    public override CancellationToken CancellationToken => _cancellation;

    private sealed class Bindings(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData { get; } = data;
    }

    private sealed class Trace(string parent) : TraceContext
    {
        public override string TraceParent { get; } = parent;

        public override string TraceState => string.Empty;
    }

    private sealed class NoRetries : RetryContext
    {
        public override int RetryCount => 0;

        public override int MaxRetryCount => 0;
    }

    private sealed class FeatureSet : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> _features = [];

        public void Set<T>(T instance)
        {
            if (instance is null) _features.Remove(typeof(T));
            else _features[typeof(T)] = instance;
        }

        public T? Get<T>() => _features.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
