using System.Buffers.Text;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Serialization;

/// <summary>
/// Instants as <see cref="InstantPattern.ExtendedIso"/> writes and reads them, without going through text objects: a document has some ten of them. What is
/// unusual is left to the pattern.
/// </summary>
internal static class InstantText
{
    /// <summary>Of <c>2026-01-31T09:00:00.123456789Z</c>.</summary>
    public const int MostBytes = 30;

    /// <summary><c>2026-01-31T09:00:00</c></summary>
    private const int WholeSeconds = 19;

    private const int FractionDigits = 9;
    private static readonly Instant First = Instant.FromUtc(1, 1, 1, 0, 0);
    private static readonly Instant End = Instant.FromUtc(9999, 12, 31, 23, 59, 59);

    /// <summary>Writes an instant as a JSON string.</summary>
    public static void Write(Utf8JsonWriter writer, Instant value)
    {
        if (value < First || value >= End)
        {
            writer.WriteStringValue(InstantPattern.ExtendedIso.Format(value));
            return;
        }

        Span<byte> text = stackalloc byte[MostBytes];
        writer.WriteStringValue(text[..Format(value, text)]);
    }

    /// <summary>Reads an instant; null: it is none.</summary>
    public static Instant? Read(ref Utf8JsonReader reader)
    {
        if (!reader.HasValueSequence && !reader.ValueIsEscaped && TryParse(reader.ValueSpan, out var value)) return value;
        var parsed = InstantPattern.ExtendedIso.Parse(reader.GetString() ?? "");
        return parsed.Success ? parsed.Value : null;
    }

    private static int Format(Instant value, Span<byte> text)
    {
        // The tick below, so that what is left is 0 to 99 nanoseconds before 1970 as well.
        var ticks = value.ToUnixTimeTicks();
        var at = DateTime.UnixEpoch.AddTicks(ticks);
        Utf8Formatter.TryFormat(at, text, out _, new System.Buffers.StandardFormat('O'));
        var nanoseconds = (int)(at.Ticks % NodaConstants.TicksPerSecond) * 100 + (int)(value - Instant.FromUnixTimeTicks(ticks)).ToInt64Nanoseconds();
        if (nanoseconds == 0)
        {
            text[WholeSeconds] = (byte)'Z';
            return WholeSeconds + 1;
        }

        var digits = FractionDigits;
        while (nanoseconds % 10 == 0)
        {
            nanoseconds /= 10;
            digits--;
        }

        text[WholeSeconds] = (byte)'.';
        for (var i = WholeSeconds + digits; i > WholeSeconds; i--)
        {
            text[i] = (byte)('0' + nanoseconds % 10);
            nanoseconds /= 10;
        }

        text[WholeSeconds + digits + 1] = (byte)'Z';
        return WholeSeconds + digits + 2;
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out Instant value)
    {
        value = default;
        if (text.Length is < WholeSeconds + 1 or > MostBytes || text[^1] != 'Z' || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
        if (!TryNumber(text[..4], out var year) || !TryNumber(text[5..7], out var month) || !TryNumber(text[8..10], out var day)) return false;
        if (!TryNumber(text[11..13], out var hour) || !TryNumber(text[14..16], out var minute) || !TryNumber(text[17..19], out var second)) return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        var nanoseconds = 0;
        if (text.Length > WholeSeconds + 1)
        {
            var fraction = text[(WholeSeconds + 1)..^1];
            if (text[WholeSeconds] != '.' || fraction.IsEmpty || !TryNumber(fraction, out nanoseconds)) return false;
            for (var i = fraction.Length; i < FractionDigits; i++) nanoseconds *= 10;
        }

        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks;
        value = Instant.FromUnixTimeTicks(ticks).PlusNanoseconds(nanoseconds);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            number = number * 10 + (digit - '0');
        }

        return true;
    }
}
