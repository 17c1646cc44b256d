namespace Loyalty.Core.Customers;

/// <content>The customer's own moments.</content>
public static partial class CustomerDecider
{
    private static void Fire(CustomerDraft draft, CustomerMoment moment)
    {
        switch (moment.Kind)
        {
            case CustomerMomentKind.CartAbandoned:
                var cart = moment.Cart!;
                draft.Carts = draft.Carts.Replace(cart, cart with { AbandonedFor = cart.UpdatedAt });
                draft.Tell(Occurrences.CartAbandoned(cart, moment.At));
                break;
            case CustomerMomentKind.Birthday:
                FireBirthday(draft, moment);
                break;
            case CustomerMomentKind.ReorderDue:
                var last = draft.Purchases.LastAt!.Value;
                draft.Told = draft.Told with { ReorderFor = last };
                draft.Tell(Occurrences.ReorderDue(last, moment.At));
                break;
            case CustomerMomentKind.CategoryDue:
                var rhythm = moment.Category!;
                draft.Categories = CategoryRhythm.Tell(draft.Categories!.Value, rhythm);
                draft.Tell(Occurrences.ReorderDue(rhythm, moment.At));
                break;
            case CustomerMomentKind.Anniversary:
                draft.Told = draft.Told with { AnniversaryFor = moment.Birthday };
                var anniversary = Occurrences.Anniversary(moment.Birthday!.Value, draft.SignedUpAt!.Value, moment.At);
                draft.Tell(anniversary);
                Earn(draft, anniversary);
                break;
            default:
                var active = draft.LastActivityAt!.Value;
                draft.Told = draft.Told with { InactiveFor = active };
                draft.Tell(Occurrences.Inactive(active, moment.At));
                draft.SettleStage(moment.At, 0);
                break;
        }
    }

    /// <summary>After a long silence only the latest birthday is told.</summary>
    private static void FireBirthday(CustomerDraft draft, CustomerMoment moment)
    {
        while (true)
        {
            draft.Told = draft.Told with { BirthdayFor = moment.Birthday };
            if (CustomerMoments.Birthday(draft.Customer, draft.Program) is not { } next || next.At > draft.Now) break;
            moment = new CustomerMoment(next.At, CustomerMomentKind.Birthday) { Birthday = next.Day };
        }

        var birthday = Occurrences.Birthday(moment.Birthday!.Value, moment.At);
        draft.Tell(birthday);
        Earn(draft, birthday);
    }
}
