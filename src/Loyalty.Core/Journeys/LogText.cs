using System.Runtime.CompilerServices;

namespace Loyalty.Core.Journeys;

/// <summary>A text for the run's log that is put together only where a log is kept (<see cref="TurnInput.KeepsLog"/>).</summary>
[InterpolatedStringHandler]
internal ref struct LogText
{
    private DefaultInterpolatedStringHandler _text;
    private readonly bool _isKept;

    /// <param name="literalLength">Given by the compiler.</param>
    /// <param name="formattedCount">Given by the compiler.</param>
    /// <param name="turn">Whose log it is.</param>
    /// <param name="isKept">False: the values are not even looked at.</param>
    public LogText(int literalLength, int formattedCount, Turn turn, out bool isKept)
    {
        _isKept = isKept = turn.KeepsLog;
        if (isKept) _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>The text; empty where no log is kept.</summary>
    public string Text() => _isKept ? _text.ToStringAndClear() : "";
}
