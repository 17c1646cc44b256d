using System.Collections.Immutable;

namespace Loyalty.Core.Customers;

/// <summary>What a customer drew once and keeps.</summary>
/// <param name="Salt">What the draw was by: the journey's name or its <c>salt</c>.</param>
/// <param name="Step">The split, or <see cref="Journeys.JourneyDraw.HoldoutStep"/>.</param>
/// <param name="Arm">What was drawn.</param>
public sealed record KeptDraw(string Salt, string Step, string Arm);

/// <summary>The record's list of draws.</summary>
public static class KeptDraws
{
    /// <summary>What was drawn; null: nothing yet.</summary>
    public static string? Find(CustomerState customer, string salt, string step)
    {
        foreach (var draw in customer.Draws)
        {
            if (draw.Salt == salt && draw.Step == step) return draw.Arm;
        }

        return null;
    }

    /// <summary>Of two people who are one: what the one who stays drew counts.</summary>
    public static ImmutableArray<KeptDraw> Join(ImmutableArray<KeptDraw> stays, ImmutableArray<KeptDraw> goes)
    {
        var draws = stays.AddRange(goes.Where(draw => !stays.Any(own => own.Salt == draw.Salt && own.Step == draw.Step)));
        return draws.Length > CustomerLimits.Draws ? draws[..CustomerLimits.Draws] : draws;
    }

    /// <summary>Records a draw; the oldest leaves where there are too many.</summary>
    public static CustomerState Keep(CustomerState customer, string salt, string step, string arm)
    {
        var known = customer.Draws.FirstOrDefault(draw => draw.Salt == salt && draw.Step == step);
        if (known?.Arm == arm) return customer;
        var draws = (known is null ? customer.Draws : customer.Draws.Remove(known)).Add(new KeptDraw(salt, step, arm));
        return customer with { Draws = draws.Length > CustomerLimits.Draws ? draws.RemoveAt(0) : draws };
    }
}
