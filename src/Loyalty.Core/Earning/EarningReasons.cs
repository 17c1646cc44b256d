namespace Loyalty.Core.Earning;

/// <summary>Why a rule gives nothing (docs/reference/earning.md).</summary>
public static class EarningReasons
{
    public const string OtherEvent = "other-event";
    public const string NotYetValid = "not-yet-valid";
    public const string NoLongerValid = "no-longer-valid";
    public const string ConditionNotMet = "condition-not-met";
    public const string NotNthOrder = "not-nth-order";
    public const string OtherChannel = "other-channel";
    public const string OutsideHours = "outside-hours";
    public const string NoEligibleGoods = "no-eligible-goods";
    public const string BelowMinimum = "below-minimum";
    public const string CoolDown = "cool-down";
    public const string CapReached = "cap-reached";
    public const string BudgetReached = "budget-reached";
    public const string AlreadyGranted = "already-granted";
    public const string OtherRuleCounts = "other-rule-counts";
    public const string BelowOnePoint = "below-one-point";
    public const string NoRate = "currency-mismatch";
    public const string ProgramClosed = "program-closed";
}
