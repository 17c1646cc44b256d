namespace Loyalty.Core.Tests.Customers;

/// <summary>A test over a file beside the repository; skipped with its reason where that is absent, decided when tests are discovered.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string path) => Skip = SharedData.WhyNot(path);
}
