using Loyalty.Engine.Publishing;

namespace Loyalty.Engine.Tests.Publishing;

public sealed class InFlightTests
{
    [Theory]
    [InlineData("pin", "pin")]
    [InlineData(" follow ", "follow")]
    [InlineData("map b=c, a=b", "map a=b,b=c")]
    [InlineData("map a=x,b=x", "map a=x,b=x")]
    [InlineData("end called-off", "end called-off")]
    public void Parse_WhatMayBeWritten_IsReadBack(string text, string told) => Assert.Equal(told, InFlight.Parse(text)?.Text);

    [Theory]
    [InlineData("")]
    [InlineData("map")]
    [InlineData("map a")]
    [InlineData("map a=b=c")]
    [InlineData("map a=b,a=c")]
    [InlineData("map A=b")]
    [InlineData("end")]
    [InlineData("end Two Words")]
    [InlineData("follow me")]
    public void Parse_AnythingElse_IsNone(string text) => Assert.Null(InFlight.Parse(text));
}
