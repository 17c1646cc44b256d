using System.Reflection;
using System.Text.RegularExpressions;
using Loyalty.Functions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Loyalty.Deployment.Tests;

/// <summary>
/// The rules of the durable analyzers (DURABLE0001 to 0011, 2001 to 2004), which are errors in the deployed build and come with packages that the
/// default build does not have: told here as well, so that a violation is found where the code is written.
/// </summary>
public sealed partial class OrchestratorTests
{
    private static readonly BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly IReadOnlyList<MethodInfo> Functions =
        [.. typeof(Composition).Assembly.GetTypes().SelectMany(static type => type.GetMethods(Any)).Where(static method => method.IsDefined(typeof(FunctionAttribute), false))];

    private static readonly IReadOnlyList<MethodInfo> Orchestrators = [.. Functions.Where(Has<OrchestrationTriggerAttribute>)];

    private static readonly Dictionary<string, MethodInfo> Activities =
        Functions.Where(Has<ActivityTriggerAttribute>).ToDictionary(static one => one.GetCustomAttribute<FunctionAttribute>()!.Name, StringComparer.Ordinal);

    /// <summary>What an orchestrator and the helpers it hands its context to may not name, and the rule.</summary>
    private static readonly (string Rule, Regex Pattern)[] Forbidden =
    [
        ("DURABLE0001 the clock", new(@"\b(DateTime|DateTimeOffset)\.(Now|UtcNow|Today)\b|\bTimeProvider\b|\bIClock\b|\bStopwatch\b")),
        ("DURABLE0002 a GUID", new(@"\bGuid\.(NewGuid|CreateVersion7)\b")),
        ("DURABLE0003 a delay", new(@"\bTask\.Delay\b|\bThread\.Sleep\b")),
        ("DURABLE0004 a thread", new(@"\bTask\.(Run|Factory)\b|\.ContinueWith\(|\bnew Thread\b|\bParallel\.")),
        ("DURABLE0005 I/O", new(@"\bHttpClient\b|\bIDocumentStore\b|\bFile\.|\bServiceBus\w+\b|\bEmailClient\b")),
        ("DURABLE0006 the environment", new(@"\bEnvironment\.|\bIConfiguration\b")),
        ("DURABLE0009 GetInput: take the input as a parameter", new(@"\.GetInput<")),
        ("DURABLE0010 a logger that logs again in every replay", new(@"\bILogger\b|\bCreateLogger\(")),
    ];

    [Fact]
    public void Orchestrators_Parameters_AreTheContextAndOneInput()
    {
        Assert.True(Orchestrators.Count >= 2, "the reader has lost its way");
        House.AssertNone(
            from one in Orchestrators
            from parameter in one.GetParameters()
            where parameter.ParameterType == typeof(CancellationToken) || parameter.GetCustomAttributes().Any(static attribute => attribute is DurableClientAttribute)
            select $"{one.DeclaringType!.Name}: {parameter.Name} (DURABLE0007, 0008)",
            "Orchestrators that take what they may not:");
        House.AssertNone(
            Orchestrators.Where(static one => one.GetParameters().Count(static parameter => parameter.ParameterType != typeof(TaskOrchestrationContext)) > 1).Select(static one => one.DeclaringType!.Name),
            "Orchestrators with more than one input: only the first is bound:");
    }

    [Fact]
    public void Sources_OfOrchestrators_NameNothingThatReplaysDifferently() => House.AssertNone(
        from file in Sources()
        let code = StripTexts(File.ReadAllText(file))
        from rule in Forbidden
        from type in OrchestratingTypes(code)
        let match = rule.Pattern.Match(type)
        where match.Success
        select $"{Path.GetRelativePath(House.Root, file)}: {match.Value}: {rule.Rule}",
        "Code of orchestrators that a replay would do differently:");

    [Fact]
    public void Calls_EveryActivity_IsThereAndAnswersWhatIsAskedFor()
    {
        var calls = (from file in Sources() from Match match in Call().Matches(File.ReadAllText(file)) select (File: Path.GetFileName(file), Match: match)).ToList();
        Assert.True(calls.Count >= 5, "the reader has lost its way");
        House.AssertNone(
            from call in calls
            let name = call.Match.Groups["name"].Value
            let asked = call.Match.Groups["type"].Success ? call.Match.Groups["type"].Value : ""
            let answered = Activities.TryGetValue(name, out var activity) ? Answer(activity.ReturnType) : null
            where answered != asked
            select answered is null ? $"{call.File}: there is no activity {name} (DURABLE2003)" : $"{call.File}: {name} answers '{answered}', asked for '{asked}' (DURABLE2002)",
            "Calls of activities:");
    }

    [Fact]
    public void Activities_Inputs_AreOneAndNamed() => House.AssertNone(
        Activities.Values.Where(static one => one.GetParameters().Count(static parameter => parameter.IsDefined(typeof(ActivityTriggerAttribute))) != 1).Select(static one => one.Name),
        "Activities without exactly one trigger:");

    private static bool Has<T>(MethodInfo method)
        where T : Attribute => method.GetParameters().Any(static parameter => parameter.IsDefined(typeof(T), false));

    private static IEnumerable<string> Sources() => Directory.GetFiles(House.Full("functions"), "*.cs", SearchOption.AllDirectories)
        .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .Where(static file => File.ReadAllText(file).Contains("TaskOrchestrationContext", StringComparison.Ordinal));

    /// <summary>The types of a file that have an orchestration's context: a trigger beside them may have a clock.</summary>
    private static IEnumerable<string> OrchestratingTypes(string code) =>
        TypeStart().Split(code).Where(static type => type.Contains("TaskOrchestrationContext", StringComparison.Ordinal));

    private static string StripTexts(string code) => TextOrComment().Replace(code, "\"\"");

    private static string Answer(Type type)
    {
        if (type == typeof(Task) || type == typeof(void)) return "";
        var answer = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>) ? type.GetGenericArguments()[0] : type;
        return Name(answer);
    }

    private static string Name(Type type) => type switch
    {
        _ when type == typeof(bool) => "bool",
        _ when type == typeof(int) => "int",
        _ when type == typeof(string) => "string",
        { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.Name,
    };

    [GeneratedRegex(@"CallActivityAsync(?:<(?<type>(?:[^<>]|<[^<>]*>)+)>)?\(\s*nameof\(\w+\.(?<name>\w+)\)")]
    private static partial Regex Call();

    [GeneratedRegex(@"(?m)^(?=(?:public|internal)[\w ]* (?:class|record)\b)")]
    private static partial Regex TypeStart();

    [GeneratedRegex(@"//[^\n]*|""(?:[^""\\]|\\.)*""")]
    private static partial Regex TextOrComment();
}
