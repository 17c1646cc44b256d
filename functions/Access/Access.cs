namespace Loyalty.Functions.Access;

/// <summary>Who may call an HTTP function. Every HTTP function carries this; one without is refused to everybody (a test guards it).</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AccessAttribute(params Role[] roles) : Attribute
{
    /// <summary>Any of these; the admin key may always.</summary>
    public IReadOnlyList<Role> Roles { get; } = roles;
}

/// <summary>Roles of keys (<c>Keys__Support</c>, …), and the two that need none.</summary>
public enum Role
{
    /// <summary>No key: the function itself verifies the platform's signature.</summary>
    Signature,

    /// <summary>No key: anyone.</summary>
    Anyone,
    Marketer,
    Operator,
    Support,
    Integration,
}
