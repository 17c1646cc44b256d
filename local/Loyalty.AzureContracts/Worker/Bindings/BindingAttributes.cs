namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions
{
    [AttributeUsage(AttributeTargets.Parameter | AttributeTargets.ReturnValue | AttributeTargets.Property)]
    public abstract class BindingAttribute : Attribute
    {
        public BindingAttribute()
        {
        }
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public abstract class TriggerBindingAttribute : BindingAttribute
    {
        public TriggerBindingAttribute()
        {
        }
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public abstract class InputBindingAttribute : BindingAttribute
    {
        public InputBindingAttribute()
        {
        }
    }

    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
    public abstract class OutputBindingAttribute : BindingAttribute
    {
        public OutputBindingAttribute()
        {
        }
    }

    public enum Cardinality
    {
        Many,
        One,
    }

    public interface ISupportCardinality
    {
        Cardinality Cardinality { get; set; }
    }
}

namespace Microsoft.Azure.Functions.Worker.Converters
{
    /// <summary>Names the converter of a parameter or type. Only the shape: the local host binds by the parameter's
    /// type.</summary>
    [AttributeUsage(
        AttributeTargets.Parameter | AttributeTargets.Class | AttributeTargets.Interface | AttributeTargets.Enum
            | AttributeTargets.Struct,
        AllowMultiple = true)]
    public class InputConverterAttribute : Attribute
    {
        public InputConverterAttribute(Type converterType) => ConverterType = converterType;

        public Type ConverterType { get; }
    }
}

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>Marks a method as a function. Names are unique in an app, case-insensitively.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public class FunctionAttribute : Attribute
    {
        public FunctionAttribute(string name) => Name = name;

        public string Name { get; }
    }
}
