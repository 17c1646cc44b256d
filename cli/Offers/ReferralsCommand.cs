using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Referrals;

namespace Loyalty.Cli.Offers;

/// <summary><c>loyalty referrals list|decide</c>: what the fraud checks held.</summary>
internal static class ReferralsCommand
{
    private static readonly string[] Decisions = ["allow", "refuse"];

    public static Command Create() => new(
        "referrals",
        "Referrals that the checks held, and decisions about them.\n\n"
        + "Example:  loyalty referrals list --data shop.db   then   loyalty referrals decide c4k… allow --actor ann --reason 'two flats, one house'")
    {
        List(), Decide(),
    };

    private static Command List()
    {
        var options = new ApiOptions();
        var command = options.AddTo(new Command("list", "What is held, the oldest first, with the reasons."));
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
            var held = await api.GetAsync<ReferralView[]>("referrals", cancellation);
            var text = held.Length == 0 ? "Nothing is held.\n" : string.Concat(held.Select(Line));
            await Console.Out.WriteAsync(options.AsJson(parsed) ? Encoding.UTF8.GetString(LoyaltyJson.Write(held)) + "\n" : text);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Decide()
    {
        var options = new ApiOptions();
        var friend = new Argument<string>("FRIEND") { Description = "The friend's customer id." };
        var decision = new Argument<string>("DECISION") { Description = "allow or refuse." };
        decision.AcceptOnlyFromAmong(Decisions);
        var actor = new Option<string>("--actor") { Description = "Who decides.", HelpName = "WHO", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why.", HelpName = "WHY", Required = true };
        var command = options.AddTo(new Command("decide", "Allows or refuses; the rewards follow. The other decision reverses it.") { friend, decision, actor, reason });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var request = new VerdictRequest { Decision = parsed.GetValue(decision)!, Actor = parsed.GetValue(actor)!, Reason = parsed.GetValue(reason)! };
            // The same words again are the same decision; a reversal of a reversal needs other words.
            var key = "cli-" + Hashing.Id(24, parsed.GetValue(friend)!, request.Decision, request.Actor, request.Reason);
            var done = await api.PostKeyedAsync<ReferralView>($"referrals/{Uri.EscapeDataString(parsed.GetValue(friend)!)}/decision", request, key, cancellation);
            await Console.Out.WriteAsync(options.AsJson(parsed) ? Encoding.UTF8.GetString(LoyaltyJson.Write(done)) + "\n" : Line(done));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static string Line(ReferralView one) => string.Create(
        CultureInfo.InvariantCulture,
        $"{one.FriendId}  brought by {one.ReferrerId}  {one.JoinedAt}  {one.Status}  {string.Join(", ", one.Reasons)}\n");
}
