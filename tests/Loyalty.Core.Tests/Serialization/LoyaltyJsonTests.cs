using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;

namespace Loyalty.Core.Tests.Serialization;

/// <summary>Equal values are equal bytes, whatever process wrote them.</summary>
public sealed class LoyaltyJsonTests
{
    [Fact]
    public void Write_ImmutableDictionary_KeysStandInOrdinalOrder()
    {
        var names = Enumerable.Range(0, 200).Select(i => $"k{i * 7919 % 200:000}").ToArray();
        var values = names.ToImmutableDictionary(static name => name, static name => (AttributeValue)name);

        var text = Encoding.UTF8.GetString(LoyaltyJson.Write(values));

        var expected = string.Join(',', names.Order(StringComparer.Ordinal).Select(static name => $"\"{name}\":\"{name}\""));
        Assert.Equal("{" + expected + "}", text);
    }

    [Fact]
    public void Read_ImmutableDictionaryInAnEvent_ComesBack()
    {
        var facts = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("b", 2m).Add("a", "x").Add("none", AttributeValue.None));

        var read = Assert.IsType<EventData.Facts>(LoyaltyJson.Read<EventData>(LoyaltyJson.Write<EventData>(facts)));

        Assert.Equal(facts.Values.OrderBy(static one => one.Key), read.Values.OrderBy(static one => one.Key));
        Assert.Equal("""{"is":"facts","values":{"a":"x","b":2,"none":null}}""", Encoding.UTF8.GetString(LoyaltyJson.Write<EventData>(facts)));
    }
}
