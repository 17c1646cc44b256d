namespace Loyalty.Core.Journeys;

/// <summary>
/// The records of a run's steps while a turn is under way. A step's record changes two or three times in its turn; what it comes to goes into the
/// run once, at the end.
/// </summary>
/// <param name="before">As the turn found them.</param>
internal struct StepDraft(StepRecordDictionary before)
{
    private KeyValuePair<string, StepRecord>[]? _changed;
    private int _count;

    /// <summary>What a step left; null: it was not executed.</summary>
    public readonly StepRecord? Find(string step)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_changed![i].Key == step) return _changed[i].Value;
        }

        return before.Find(step);
    }

    public void Put(string step, StepRecord record)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_changed![i].Key != step) continue;
            _changed[i] = new(step, record);
            return;
        }

        if (_changed is null) _changed = new KeyValuePair<string, StepRecord>[2];
        else if (_count == _changed.Length) Array.Resize(ref _changed, _count * 2);
        _changed[_count++] = new(step, record);
    }

    /// <summary>All of them as they stand; the same object where nothing changed.</summary>
    public readonly StepRecordDictionary Closed() => before.With(_changed.AsSpan(0, _count));
}
