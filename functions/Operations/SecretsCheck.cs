using Loyalty.Engine.Intake;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Settings;

namespace Loyalty.Functions.Operations;

/// <summary>The doctor's check of connectors that are delivered to and cannot verify anything.</summary>
public static class SecretsCheck
{
    /// <param name="unset">Who was delivered to without a secret, lately.</param>
    /// <param name="settings">One that has a secret by now is well.</param>
    public static DoctorCheck Of(IReadOnlyList<UnsetConnector> unset, LoyaltySettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var findings = unset.Select(one => (Setting: ConnectorConfiguration.Unset(one.Connector, settings.Connector(one.Connector)), one.Connector, one.LastAt))
            .Where(static one => one.Setting is not null).Select(static one => $"{one.Connector}: a delivery was refused at {one.LastAt}; {one.Setting} is not set").ToList();
        return new DoctorCheck(
            "connectors-have-secrets",
            findings.Count,
            [.. findings.Take(DoctorQueries.ExampleLimit)],
            findings.Count == 0 ? null : "Set it and start again, or have the platform stop sending; what was refused is sent again by most platforms only.");
    }
}
