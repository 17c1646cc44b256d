namespace Loyalty.Core.Tests.Conditions;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("ordres", "orders", 1)]
    [InlineData("Orders", "orders", 0)]
    [InlineData("abcd", "abcd", 0)]
    [InlineData("abc", "", 3)]
    public void Distance_KnownPairs_CountsEdits(string one, string other, int expected) => Assert.Equal(expected, NearestName.Distance(one, other));

    [Theory]
    [InlineData("cutsomer.orders", "customer.orders")]
    [InlineData("wait_for", "wait-for")]
    [InlineData("zebra", null)]
    public void Of_Name_FindsTheNearOneOnly(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Of(name, ["customer.orders", "customer.points", "wait-for", "wait", "send"]));
}
