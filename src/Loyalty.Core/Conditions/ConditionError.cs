namespace Loyalty.Core.Conditions;

/// <summary>What is wrong with a condition and what to do about it.</summary>
/// <param name="Line">Line inside the condition's text, from 1.</param>
/// <param name="Column">Column inside that line, from 1.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to write instead.</param>
/// <param name="Nearest">The known name that was probably meant; null: none is near.</param>
public sealed record ConditionError(int Line, int Column, string Message, string Remedy, string? Nearest = null)
{
    internal static ConditionError At(string text, int offset, string message, string remedy, string? nearest = null)
    {
        var line = 1;
        var start = 0;
        for (var i = 0; i < offset && i < text.Length; i++)
        {
            if (text[i] != '\n') continue;
            line++;
            start = i + 1;
        }

        return new ConditionError(line, offset - start + 1, message, remedy, nearest);
    }
}
