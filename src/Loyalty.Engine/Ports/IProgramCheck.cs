using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Ports;

/// <summary>What must hold before publishing and only another part can tell, such as whether the templates compile.</summary>
public interface IProgramCheck
{
    /// <summary>All findings at once; empty: nothing is wrong.</summary>
    IReadOnlyList<Finding> Check(LoyaltyProgram program);
}
