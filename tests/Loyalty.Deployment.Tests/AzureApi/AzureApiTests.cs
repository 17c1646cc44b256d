using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Deployment.Tests.AzureApi;

/// <summary>
/// The default build compiles against our own copy of the packages' API; what the copy says must be what the packages say, or the deployed
/// build does not compile. <c>members.txt</c> is the list of the packages' members by type, taken from their published sources.
/// </summary>
public sealed class AzureApiTests
{
    private const string List = "tests/Loyalty.Deployment.Tests/AzureApi/members.txt";

    private static readonly IReadOnlyDictionary<string, SortedSet<string>> Contracts = ContractSurface.Of(typeof(FunctionContext).Assembly);
    private static readonly IReadOnlyDictionary<string, SortedSet<string>> Listed = ApiList.Read(House.Read(List));

    /// <summary>The page the list was made from, where the design pages lie beside the repository.</summary>
    private static string Page => Path.Combine(House.Root, "..", "shared", "design", "azure-api-members.md");

    [Fact]
    public void Contracts_EveryMember_IsThePackages() => House.AssertNone(
        from type in Contracts
        where Listed.ContainsKey(type.Key)
        from member in type.Value
        where !Listed[type.Key].Contains(member)
        select $"{type.Key}: {member}",
        "Members of AzureContracts that the packages do not have:");

    [Fact]
    public void Contracts_AbstractMembers_AreAllThere() => House.AssertNone(
        from type in Listed
        where Contracts.ContainsKey(type.Key)
        from member in type.Value
        where member.Contains("abstract ", StringComparison.Ordinal) && !Contracts[type.Key].Contains(member)
        select $"{type.Key}: {member}",
        "Abstract members that a class deriving from the package's type has to have, and AzureContracts does not:");

    [Fact]
    public void Contracts_EveryType_IsListed() => House.AssertNone(
        Contracts.Keys.Where(static type => !Listed.ContainsKey(type) && type.Split('.')[^1] != "AzureBuildNeeded"),
        $"Types of AzureContracts whose members {List} does not have:");

    [DesignPageFact]
    public void List_AgainstThePage_AgreesOnEveryType()
    {
        var page = ApiList.Parse(File.ReadAllText(Page));
        Assert.True(page.Count > 50, $"only {page.Count} types: the reader has lost its way");
        House.AssertNone(
            from type in page
            from member in type.Value
            where !Listed.TryGetValue(type.Key, out var members) || !members.Contains(member)
            select $"{type.Key}: {member}",
            $"Members of the page that {List} does not have:");
    }

    [Theory]
    [InlineData("virtual Task<Page<string>> ListAsync(IEnumerable<int>? status = null, DateTimeOffset? from = default, CT)", "virtual Task<Page<string>> ListAsync(IEnumerable<int>=,DateTimeOffset?=,CancellationToken=)")]
    [InlineData("abstract IDictionary<object, object> Items {get set}", "abstract IDictionary<object,object> Items {get set}")]
    [InlineData("virtual DateTimeOffset LockedUntil { get; protected set; }", "virtual DateTimeOffset LockedUntil {get}")]
    [InlineData("Sample(params string[] methods)", "new(string[])")]
    [InlineData("static Task<T> WaitAsync<T>(this Sample sample, CT* cancellation)", "static Task<T> WaitAsync<T>(Sample,CancellationToken)")]
    public void Member_OfThePagesForm_IsRead(string line, string expected) => Assert.Equal(expected, ApiText.Member(line, "Sample"));

    /// <summary>Skipped, with its reason, where the design pages are not beside the repository.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class DesignPageFactAttribute : FactAttribute
    {
        public DesignPageFactAttribute() => Skip = File.Exists(Page) ? null : "../shared/design is not beside the repository, so there is nothing to compare with";
    }
}
