namespace Loyalty.Core.Customers;

/// <content>The customer's own moments.</content>
public static partial class CustomerDecider
{
    private static void Fire(CustomerDraft draft, CustomerMoment moment)
    {
        var customer = draft.Customer;
        switch (moment.Kind)
        {
            case CustomerMomentKind.CartAbandoned:
                var cart = moment.Cart!;
                draft.Customer = customer with { Carts = customer.Carts.Replace(cart, cart with { AbandonedFor = cart.UpdatedAt }) };
                draft.Tell(Occurrences.CartAbandoned(cart, moment.At));
                break;
            case CustomerMomentKind.Birthday:
                FireBirthday(draft, moment);
                break;
            case CustomerMomentKind.ReorderDue:
                var last = customer.Purchases.LastAt!.Value;
                draft.Customer = customer with { Told = customer.Told with { ReorderFor = last } };
                draft.Tell(Occurrences.ReorderDue(last, moment.At));
                break;
            case CustomerMomentKind.CategoryDue:
                var rhythm = moment.Category!;
                draft.Customer = customer with { Categories = CategoryRhythm.Tell(customer.Categories!.Value, rhythm) };
                draft.Tell(Occurrences.ReorderDue(rhythm, moment.At));
                break;
            case CustomerMomentKind.Anniversary:
                draft.Customer = customer with { Told = customer.Told with { AnniversaryFor = moment.Birthday } };
                var anniversary = Occurrences.Anniversary(moment.Birthday!.Value, customer.SignedUpAt!.Value, moment.At);
                draft.Tell(anniversary);
                Earn(draft, anniversary);
                break;
            default:
                var active = customer.LastActivityAt!.Value;
                draft.Customer = customer with { Told = customer.Told with { InactiveFor = active } };
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
            draft.Customer = draft.Customer with { Told = draft.Customer.Told with { BirthdayFor = moment.Birthday } };
            if (CustomerMoments.Birthday(draft.Customer, draft.Program) is not { } next || next.At > draft.Now) break;
            moment = new CustomerMoment(next.At, CustomerMomentKind.Birthday) { Birthday = next.Day };
        }

        var birthday = Occurrences.Birthday(moment.Birthday!.Value, moment.At);
        draft.Tell(birthday);
        Earn(draft, birthday);
    }
}
