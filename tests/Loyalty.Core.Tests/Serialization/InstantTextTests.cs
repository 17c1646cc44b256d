using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Loyalty.Core.Serialization;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Tests.Serialization;

/// <summary>Instants in documents are what NodaTime's own pattern writes and reads, for every instant.</summary>
public sealed class InstantTextTests
{
    public static TheoryData<string> Unusual { get; } =
    [
        "-0001-01-01T00:00:00Z", "-9998-01-01T00:00:00Z", "0000-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000001Z",
        "1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.99999995Z", "2024-02-29T12:00:00.1Z", "2026-01-31T09:00:00.123456789Z",
        "9999-12-31T23:59:58.999999999Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999Z",
    ];

    [Theory]
    [MemberData(nameof(Unusual))]
    public void Write_UnusualInstant_IsAsThePatternWritesIt(string text)
    {
        var instant = InstantPattern.ExtendedIso.Parse(text).Value;

        Assert.Equal($"\"{text}\"", Encoding.UTF8.GetString(LoyaltyJson.Write(instant)));
        Assert.Equal(instant, LoyaltyJson.Read<Instant>(Encoding.UTF8.GetBytes($"\"{text}\"")));
    }

    [Fact]
    public void WriteAndRead_AnyInstant_AreAsThePatternDoes() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).Two().SelectMany(static seconds => Gen.Choose(0, 999_999_999).SelectMany(nanoseconds => Gen.Choose(0, 9).Select(digits =>
            Instant.FromUtc(1, 1, 1, 0, 0) + Duration.FromSeconds((seconds.Item1 * 2_147_483_648L + seconds.Item2) % 315_537_897_600L) + Duration.FromNanoseconds(Cut(nanoseconds, digits)))))
            .ToArbitrary(),
        static instant =>
        {
            var expected = InstantPattern.ExtendedIso.Format(instant);
            return Encoding.UTF8.GetString(LoyaltyJson.Write(instant)) == $"\"{expected}\"" && LoyaltyJson.Read<Instant>(Encoding.UTF8.GetBytes($"\"{expected}\"")) == instant;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Theory]
    [InlineData("2026-01-01T24:00:00Z")]
    [InlineData("2026-01-01T00:00:00,5Z")]
    [InlineData("2026-01-01T00:00:00.1200000Z")]
    [InlineData("2026-01-01T00:00:00.000Z")]
    public void Read_OtherFormsThatThePatternReads_AreReadAlike(string text) =>
        Assert.Equal(InstantPattern.ExtendedIso.Parse(text).Value, LoyaltyJson.Read<Instant>(JsonSerializer.SerializeToUtf8Bytes(text)));

    [Theory]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-00-01T00:00:00Z")]
    [InlineData("2026-01-00T00:00:00Z")]
    [InlineData("2026-01-01T00:60:00Z")]
    [InlineData("2026-01-01T00:00:60Z")]
    [InlineData("2026-01-01T00:00:00.Z")]
    [InlineData("2026-01-01T00:00:00.1234567890Z")]
    [InlineData("2026-01-01T00:00:00")]
    [InlineData("2026-01-01 00:00:00Z")]
    [InlineData("2026-01-01T00:00:00+00:00")]
    [InlineData("２０２６-01-01T00:00:00Z")]
    [InlineData("")]
    public void Read_WhatThePatternRefuses_IsRefused(string text)
    {
        Assert.False(InstantPattern.ExtendedIso.Parse(text).Success);
        Assert.Throws<JsonException>(() => LoyaltyJson.Read<Instant>(JsonSerializer.SerializeToUtf8Bytes(text)));
    }

    private static long Cut(int nanoseconds, int digits)
    {
        var unit = (long)Math.Pow(10, 9 - digits);
        return nanoseconds / unit * unit;
    }
}
