using Loyalty.Core.Events;

namespace Loyalty.Simulation.Import;

/// <summary>One record of a file of history: exactly one of the four.</summary>
/// <param name="Person">The key under which the file knows the person.</param>
/// <param name="Member">Who somebody is.</param>
/// <param name="Purchase">What they bought.</param>
/// <param name="Balance">Points that they bring along.</param>
public sealed record HistoryRecord(string Person, Member? Member, Purchase? Purchase, Balance? Balance)
{
    /// <summary>No record of the file says it: the person of a balance, of whom the file knows nothing else. It is not counted.</summary>
    public bool IsImplied { get; init; }

    /// <summary>On which line of the file the record begins, from 1.</summary>
    public int Line => Member?.Line ?? Purchase?.Line ?? Balance?.Line ?? Standing!.Line;

    /// <summary>Where they stood, and what counted for it.</summary>
    public Standing? Standing { get; init; }
}

/// <summary>Sorts a file by people: different people are imported side by side, the records of one after the other.</summary>
public static class HistoryPeople
{
    /// <summary>Each person's records in the order of time: who they are, then what they bought, then their points, then where they stood.</summary>
    public static IReadOnlyList<IReadOnlyList<HistoryRecord>> Of(HistoryFile file)
    {
        var known = file.Members.Select(static member => member.Person!).ToHashSet(StringComparer.Ordinal);
        var implied = file.Balances.Select(static one => (one.Person, one.EventId, one.Line, one.CustomerId, one.Email))
            .Concat(file.Standings.Select(static one => (one.Person, one.EventId, one.Line, one.CustomerId, one.Email)));
        var unknown = implied.Where(one => known.Add(one.Person))
            .Select(static one => new HistoryRecord(one.Person, Member.Implied(one.EventId, one.Line, one.CustomerId, one.Email), null, null) { IsImplied = true }).ToList();
        var records = file.Members.Select(static member => new HistoryRecord(member.Person!, member, null, null))
            .Concat(unknown)
            .Concat(file.Purchases.OrderBy(static one => one.Date).ThenBy(static one => one.Line)
                .Select(static purchase => new HistoryRecord(purchase.CustomerId ?? purchase.Email ?? purchase.EventId, null, purchase, null)))
            .Concat(file.Balances.Select(static balance => new HistoryRecord(balance.Person, null, null, balance)))
            .Concat(file.Standings.Select(static standing => new HistoryRecord(standing.Person, null, null, null) { Standing = standing }));
        var oneOf = SamePeople(file);
        return [.. records.GroupBy(record => oneOf(record.Person), StringComparer.Ordinal).Select(static person => person.ToList())];
    }

    /// <summary>Members with one e-mail address are one person, whatever numbers the file gives them: they become one with the import.</summary>
    private static Func<string, string> SamePeople(HistoryFile file)
    {
        var (owners, leads) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var member in file.Members)
        {
            if (Identifier.Email(member.Profile.Email) is not { } email || owners.TryAdd(email.Value, member.Person!)) continue;
            var (one, other) = (Root(member.Person!), Root(owners[email.Value]));
            if (one != other) leads[one] = other;
        }

        return Root;

        string Root(string person)
        {
            while (leads.TryGetValue(person, out var other)) person = other;
            return person;
        }
    }
}
