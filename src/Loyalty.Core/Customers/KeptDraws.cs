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
        var draws = With(customer.Draws, salt, step, arm);
        return draws == customer.Draws ? customer : customer with { Draws = draws };
    }

    /// <summary>The draws with one more, in the place of what was drawn there before; the same where that was the same.</summary>
    public static ImmutableArray<KeptDraw> With(ImmutableArray<KeptDraw> draws, string salt, string step, string arm)
    {
        for (var i = 0; i < draws.Length; i++)
        {
            if (draws[i].Salt != salt || draws[i].Step != step) continue;
            if (draws[i].Arm == arm) return draws;
            draws = draws.RemoveAt(i);
            break;
        }

        draws = draws.Add(new KeptDraw(salt, step, arm));
        return draws.Length > CustomerLimits.Draws ? draws.RemoveAt(0) : draws;
    }
}
