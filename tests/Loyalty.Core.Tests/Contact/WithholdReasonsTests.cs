using System.Reflection;
using Loyalty.Core.Contact;
using Loyalty.Core.Tests.Customers;

namespace Loyalty.Core.Tests.Contact;

/// <summary>Why a message did not go: one list, documented.</summary>
public sealed class WithholdReasonsTests
{
    public static TheoryData<string> All() =>
        [.. typeof(WithholdReasons).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (string)field.GetRawConstantValue()!)];

    [Theory]
    [MemberData(nameof(All))]
    public void Reason_Always_StandsInTheReference(string reason) =>
        Assert.Contains($"| `{reason}` |", File.ReadAllText(SourceTree.File("docs", "reference", "errors.md")), StringComparison.Ordinal);

    [Theory]
    [InlineData("bad-recipient", "bad-recipient")]
    [InlineData("bad-header", "bad-header")]
    [InlineData("provider-refused", "provider-refused")]
    [InlineData("EmailDropped", "provider-refused: EmailDropped")]
    [InlineData("400", "provider-refused: 400")]
    public void OfChannel_WhateverAProviderSays_IsOneOfTheList(string told, string expected) =>
        Assert.Equal(expected, WithholdReasons.OfChannel(told));
}
