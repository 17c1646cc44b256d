using System.Text.Json;

namespace Loyalty.Engine.State;

/// <summary>What a pass over very many runs asks of a run's document before it reads all of it.</summary>
internal static class RunBytes
{
    /// <summary>
    /// Whether the run is over. The document's own status is asked: what the run carries of its trigger and its events may have any name and value,
    /// also <c>"status": "finished"</c>.
    /// </summary>
    public static bool IsOver(ReadOnlySpan<byte> run)
    {
        var reader = new Utf8JsonReader(run);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isStatus = reader.ValueTextEquals("status"u8);
            reader.Read();
            if (isStatus) return reader.ValueTextEquals("finished"u8);
            reader.Skip();
        }

        return false;
    }
}
