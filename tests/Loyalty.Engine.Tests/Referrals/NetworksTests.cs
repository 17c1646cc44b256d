using Loyalty.Engine.Referrals;

namespace Loyalty.Engine.Tests.Referrals;

public sealed class NetworksTests
{
    [Theory]
    [InlineData("203.0.113.9", "cb0071")]
    [InlineData("203.0.113.250", "cb0071")]
    [InlineData("::ffff:203.0.113.9", "cb0071")]
    [InlineData("2001:db8:1:2:3::4", "20010db800010002")]
    [InlineData("somewhere", null)]
    [InlineData(null, null)]
    public void Of_Table_IsAsStated(string? ip, string? expected) => Assert.Equal(expected, Networks.Of(ip));
}
