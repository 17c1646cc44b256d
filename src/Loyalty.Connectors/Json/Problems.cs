using Loyalty.Core;
using Loyalty.Engine.Refusals;

namespace Loyalty.Connectors.Json;

/// <summary>Remembers the first thing that was wrong with a payload; reading goes on with neutral values.</summary>
internal sealed class Problems
{
    public bool Any => Detail is not null;

    public RefusalCode Code { get; private set; }

    public string? Detail { get; private set; }

    public void Add(string path, string expected, RefusalCode code = RefusalCode.InvalidField)
    {
        if (Detail is not null) return;
        Code = code;
        Detail = $"{path}: {expected} was expected.";
    }
}
