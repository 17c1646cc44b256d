using System.Reflection;
using System.Text.Json;
using Loyalty.LocalHost.Durable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Loyalty.Functions.Tests.Start;

/// <summary>The composition has everything that the function classes ask for.</summary>
public sealed class CompositionTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    public static TheoryData<Type> FunctionClasses() => [.. Methods().Select(static method => method.DeclaringType!).Where(static type => !type.IsAbstract).Distinct()];

    [Theory]
    [MemberData(nameof(FunctionClasses))]
    public async Task FunctionClass_FromTheServices_IsMade(Type type)
    {
        await using var scope = program.Host.Services.CreateAsyncScope();

        Assert.IsType(type, ActivatorUtilities.CreateInstance(scope.ServiceProvider, type));
    }

    [Fact]
    public void FunctionNames_AreUnique()
    {
        var names = Methods().Select(static method => method.GetCustomAttribute<FunctionAttribute>()!.Name).ToList();

        Assert.NotEmpty(names);
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void DurablePayloads_AreWrittenWithTheOptionsOfTheGoldenFiles()
    {
        var options = program.Host.Services.GetRequiredService<IOptions<JsonSerializerOptions>>().Value;
        var sample = new { Name = "ж<\"", Number = 1.5m, Nothing = (string?)null };

        Assert.Equal(JsonSerializer.Serialize(sample, DurableEngineOptions.DefaultPayloadJson), JsonSerializer.Serialize(sample, options));
        Assert.Equal(DurableEngineOptions.DefaultPayloadJson.PropertyNameCaseInsensitive, options.PropertyNameCaseInsensitive);
    }

    private static IEnumerable<MethodInfo> Methods() => typeof(Composition).Assembly.GetTypes()
        .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
        .Where(static method => method.IsDefined(typeof(FunctionAttribute)));
}
