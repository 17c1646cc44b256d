using Loyalty.Engine.Ports;
using Loyalty.LocalHost.Hosting;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Start;

/// <summary>A file belongs to real or to virtual time, and a broken template stops the start.</summary>
public sealed class FileTimeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-time-").FullName;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_OnAFileOfTheOtherTime_IsRefused(bool isVirtualFirst)
    {
        await using (var first = await StartAsync(isVirtualFirst))
        {
            // Publishes the program: now there is data in the file.
            first.Services.GetRequiredService<IProgramSource>();
        }

        var refused = await Assert.ThrowsAsync<HostStartException>(() => StartAsync(!isVirtualFirst));
        Assert.Contains(isVirtualFirst ? "lives in virtual time" : "lives in real time", refused.Message, StringComparison.Ordinal);
        await (await StartAsync(isVirtualFirst)).DisposeAsync();
    }

    [Fact]
    public async Task Start_WithABrokenTemplate_NamesTheFile()
    {
        var program = Path.Combine(_folder, "program");
        Copy(Path.Combine(AppContext.BaseDirectory, "program"), program);
        await File.AppendAllTextAsync(Path.Combine(program, "templates", "welcome", "en.hbs"), "\n{{#if customer.points}} never closed\n");
        var refused = await Assert.ThrowsAsync<Engine.Programs.ProgramException>(() => StartAsync(true, program));
        Assert.Contains("templates/welcome/en.hbs", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<ProgramHost> StartAsync(bool isVirtual, string? program = null)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox") };
        if (program is not null) settings["Program:Path"] = program;
        return ProgramHost.StartAsync(new ProgramHostOptions
        {
            DataFile = Path.Combine(_folder, "shop.db"),
            VirtualStart = isVirtual ? Instant.FromUtc(2026, 1, 5, 0, 0) : null,
            SurvivesPowerCut = false,
            Settings = settings,
        });
    }

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }
}
