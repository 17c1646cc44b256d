using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Tests;

/// <summary>Documents are written past the serializer; their bytes are the serializer's.</summary>
public sealed class DocumentFormTests
{
    private const int ValuesOfEach = 12;

    /// <summary>Every record of this assembly that the serializer could write.</summary>
    public static TheoryData<string> Records()
    {
        var types = typeof(LoyaltyJson).Assembly.GetExportedTypes()
            .Where(static type => type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && type.GetMethod("<Clone>$") is not null && CanBeWritten(type));
        return [.. types.Select(static type => type.FullName!).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void WriteDocument_AnyRecord_IsWhatTheSerializerWrites(string name)
    {
        var type = typeof(LoyaltyJson).Assembly.GetType(name, throwOnError: true)!;
        var compare = typeof(DocumentFormTests).GetMethod(nameof(Compare), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);
        var compared = 0;
        for (var seed = 0; seed < ValuesOfEach; seed++)
        {
            if (Made(type, seed) is not { } value) continue;
            compare.Invoke(null, [value]);
            compared++;
        }

        Assert.NotEqual(0, compared);
    }

    [Theory]
    [InlineData(typeof(CustomerState))]
    [InlineData(typeof(PersonState))]
    [InlineData(typeof(OrderState))]
    [InlineData(typeof(RunDocument))]
    [InlineData(typeof(LedgerEntry))]
    [InlineData(typeof(WalletState))]
    public void Fits_WhatIsWrittenMost_IsWrittenPropertyByProperty(Type type)
    {
        Assert.Contains(type.FullName!, ((IEnumerable<object[]>)Records()).Select(static row => (string)row[0]));
        Assert.True(RecordForm.Fits(type));
    }

    [Fact]
    public void WriteDocument_PropertyThatWritesADocument_DoesNotDisturbTheOneAroundIt() =>
        Assert.Equal("""{"before":"a","within":"{\"before\":\"b\"}"}""", Encoding.UTF8.GetString(LoyaltyJson.WriteDocument(new Outer { Before = "a" })));

    [Fact]
    public void WriteDocument_ListOfItsOwnKind_IsWritten() =>
        Assert.Equal("""{"name":"a","items":[{"name":"b"},null]}""", Encoding.UTF8.GetString(LoyaltyJson.WriteDocument(new Tree { Name = "a", Items = [new Tree { Name = "b" }, null!] })));

    [Fact]
    public void WriteDocument_ValueThatAnEnumDoesNotHave_IsRefusedAsTheSerializerDoes() =>
        Assert.Throws<JsonException>(() => LoyaltyJson.WriteDocument(new Chosen { Type = (EntryType)9999 }));

    [Fact]
    public void WriteDocument_AfterOneThatThrew_IsWhole()
    {
        Assert.ThrowsAny<Exception>(() => LoyaltyJson.WriteDocument(new Tree { Name = "a", Items = default }));
        Assert.Equal("""{"name":"b"}""", Encoding.UTF8.GetString(LoyaltyJson.WriteDocument(new Tree { Name = "b" })));
    }

    private static void Compare<T>(T value)
    {
        var expected = Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(value, LoyaltyJson.Documents));
        Assert.Equal(expected, Encoding.UTF8.GetString(LoyaltyJson.WriteDocument(value)));
    }

    private static bool CanBeWritten(Type type) => Enumerable.Range(0, ValuesOfEach).Any(seed => Made(type, seed) is not null);

    /// <summary>null: no document. It holds functions, or works something out of values that contradict each other here.</summary>
    private static object? Made(Type type, int seed)
    {
        try
        {
            var value = new Filler(seed).Fill(type, depth: 0);
            JsonSerializer.Serialize(value, type, LoyaltyJson.Documents);
            return value;
        }
        catch (Exception failure) when (failure is NotSupportedException or InvalidOperationException or ArgumentException or NullReferenceException or TargetInvocationException)
        {
            return null;
        }
    }

    private sealed record Outer
    {
        public string? Before { get; init; }
        public string? Within => Before == "a" ? Encoding.UTF8.GetString(LoyaltyJson.WriteDocument(new Outer { Before = "b" })) : null;
    }

    private sealed record Tree
    {
        public string? Name { get; init; }
        public ImmutableArray<Tree> Items { get; init; } = [];
    }

    private sealed record Chosen
    {
        public EntryType Type { get; init; }
    }

    /// <summary>Makes values of any type: empty, zero and null as often as not.</summary>
    private sealed class Filler(int seed)
    {
        private const int MostNested = 4;
        private static readonly string[] Texts = ["", "a", "Grün & <b>\"x\"\\</b>", "2026-01-31", "日本 \u0001\n"];
        private readonly Random _random = new(seed);

        public object? Fill(Type type, int depth)
        {
            if (Nullable.GetUnderlyingType(type) is { } inner) return _random.Next(2) == 0 ? null : Fill(inner, depth);
            if (type == typeof(string)) return Texts[_random.Next(Texts.Length)];
            if (type == typeof(long)) return _random.Next(3) switch { 0 => 0L, 1 => 1L, _ => _random.NextInt64(long.MinValue, long.MaxValue) };
            if (type == typeof(int)) return _random.Next(-2, 3);
            if (type == typeof(bool)) return _random.Next(2) == 0;
            if (type == typeof(decimal)) return (decimal)_random.Next(-100, 100) / 8;
            if (type == typeof(Instant)) return Instant.FromUnixTimeTicks(_random.NextInt64(0, 4_000_000_000) * _random.Next(1, 1_000_000));
            if (type == typeof(LocalDate)) return new LocalDate(2026, 1, 1).PlusDays(_random.Next(1000));
            if (type.Namespace == nameof(NodaTime) && type.IsValueType) return Activator.CreateInstance(type);
            if (type.IsEnum) return Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length));
            if (!type.IsGenericType) return Derived(type) is { } chosen && depth < MostNested ? Object(chosen, depth) : null;
            return type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) ? List(type.GenericTypeArguments[0], depth) : Other(type, depth);
        }

        private Type? Derived(Type type)
        {
            if (!type.IsAbstract) return type;
            var derived = type.GetCustomAttributes<JsonDerivedTypeAttribute>().Select(static one => one.DerivedType).DefaultIfEmpty(null).ToList();
            return derived[_random.Next(derived.Count)] ?? type.GetNestedTypes().FirstOrDefault(one => one.IsAssignableTo(type) && !one.IsAbstract);
        }

        private object Object(Type type, int depth)
        {
            var constructors = type.GetConstructors(BindingFlags.Public | BindingFlags.Instance).OrderBy(static one => one.GetParameters().Length).ToList();
            var made = constructors.Count == 0
                ? RuntimeHelpers.GetUninitializedObject(type)
                : constructors[0].Invoke([.. constructors[0].GetParameters().Select(parameter => Fill(parameter.ParameterType, depth + 1))]);
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                // What a record begins with is kept as often as not: it is what is left out.
                if (property.SetMethod is not { IsPublic: true } || property.GetIndexParameters().Length > 0) continue;
                if (constructors is [var first, ..] && first.GetParameters().Length == 0 && !property.IsDefined(typeof(RequiredMemberAttribute)) && _random.Next(2) == 0) continue;
                property.SetValue(made, Fill(property.PropertyType, depth + 1));
            }

            return made;
        }

        private object List(Type item, int depth)
        {
            var array = Array.CreateInstance(item, depth < MostNested ? _random.Next(3) : 0);
            for (var i = 0; i < array.Length; i++) array.SetValue(Fill(item, depth + 1), i);
            return typeof(ImmutableCollectionsMarshalling).GetMethod(nameof(ImmutableCollectionsMarshalling.Of))!.MakeGenericMethod(item).Invoke(null, [array])!;
        }

        private object? Other(Type type, int depth)
        {
            if (type.GetGenericTypeDefinition() != typeof(ImmutableDictionary<,>)) return null;
            var of = typeof(ImmutableCollectionsMarshalling).GetMethod(nameof(ImmutableCollectionsMarshalling.Map))!.MakeGenericMethod(type.GenericTypeArguments[1]);
            var value = type.GenericTypeArguments[0] == typeof(string) && depth < MostNested && _random.Next(2) == 0 ? Fill(type.GenericTypeArguments[1], depth + 1) : null;
            return type.GenericTypeArguments[0] == typeof(string) ? of.Invoke(null, [value]) : null;
        }
    }

    private static class ImmutableCollectionsMarshalling
    {
        public static ImmutableArray<T> Of<T>(T[] items) => [.. items];

        public static ImmutableDictionary<string, T> Map<T>(T? value) =>
            value is null ? ImmutableDictionary<string, T>.Empty : ImmutableDictionary<string, T>.Empty.Add("b", value).Add("a", value);
    }
}
