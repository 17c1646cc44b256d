using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Serialization;

namespace Loyalty.Core.Tests;

/// <summary>What a document leaves out comes back as it was.</summary>
public sealed class SparseDocumentTests
{
    private sealed record Sample
    {
        public required long Needed { get; init; }
        public long Count { get; init; }
        public long FromOne { get; init; } = 1;
        public bool IsOn { get; init; }
        public bool IsOnByItself { get; init; } = true;
        public ImmutableArray<string> Names { get; init; } = [];
        public ImmutableArray<string> Given { get; init; } = ["a"];
        public ImmutableArray<string>? Perhaps { get; init; }
        public ImmutableList<int>? PerhapsList { get; init; }
    }

    [Fact]
    public void WriteDocument_WhatAReaderFillsIn_IsLeftOut() =>
        Assert.Equal("""{"needed":0,"fromOne":1,"isOnByItself":true,"given":["a"]}""", Text(new Sample { Needed = 0 }));

    [Fact]
    public void WriteDocument_EmptyThatIsNotWhatAReaderFillsIn_IsWritten()
    {
        var sample = new Sample { Needed = 0, FromOne = 0, IsOnByItself = false, Given = [], Perhaps = [], PerhapsList = [] };
        Assert.Equal("""{"needed":0,"fromOne":0,"isOnByItself":false,"given":[],"perhaps":[],"perhapsList":[]}""", Text(sample));
        var back = LoyaltyJson.Read<Sample>(LoyaltyJson.WriteDocument(sample));
        Assert.Equal(LoyaltyJson.Write(sample), LoyaltyJson.Write(back));
    }

    private static string Text(Sample sample) => Encoding.UTF8.GetString(LoyaltyJson.WriteDocument(sample));
}
