using System.Linq.Expressions;
using HandlebarsDotNet;
using HandlebarsDotNet.Features;

namespace Loyalty.Delivery.Templates;

/// <summary>
/// Templates are parsed and bound, and no code is made of them: for checks, which render nothing. Making code takes nearly all of the time that a
/// template's compilation does.
/// </summary>
internal sealed class ParseOnly : IFeatureFactory
{
    public IFeature CreateFeature() => new Feature();

    private sealed class Feature : IFeature
    {
        public void OnCompiling(ICompiledHandlebarsConfiguration configuration) => configuration.ExpressionCompiler = new NoCode();

        public void CompilationCompleted()
        {
        }
    }

    private sealed class NoCode : IExpressionCompiler
    {
        private readonly Dictionary<Type, Delegate> _empty = [];

        /// <summary>Something of the type that is never called: the parts of a template are put together out of such.</summary>
        public T Compile<T>(Expression<T> expression)
            where T : class, Delegate
        {
            if (_empty.TryGetValue(typeof(T), out var known)) return (T)known;
            var made = Expression.Lambda<T>(Expression.Default(expression.ReturnType), expression.Parameters).Compile(preferInterpretation: true);
            _empty[typeof(T)] = made;
            return made;
        }
    }
}
