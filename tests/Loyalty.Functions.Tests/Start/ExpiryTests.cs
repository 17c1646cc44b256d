using Loyalty.Engine.Storage;
using Loyalty.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Start;

/// <summary>Documents whose time is over leave the file, under virtual time too.</summary>
public sealed class ExpiryTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Fact]
    public async Task Clock_PastAnExpiry_PurgesWhatHasExpiredAndNothingElse()
    {
        var store = program.Host.Services.GetRequiredService<IDocumentStore>();
        var now = program.Host.Clock.Now;
        await store.CommitAsync("purge:a", [new DocumentWrite.Create("goes", "test", "{}"u8.ToArray(), ExpiresAt: now + Duration.FromDays(3))]);
        await store.CommitAsync("purge:a", [new DocumentWrite.Create("stays", "test", "{}"u8.ToArray(), ExpiresAt: now + Duration.FromDays(30))]);
        await store.CommitAsync("purge:a", [new DocumentWrite.Create("for-ever", "test", "{}"u8.ToArray())]);

        await program.Host.Clock.RunUntilAsync(now + Duration.FromDays(2));
        Assert.Equal(["for-ever", "goes", "stays"], Rows());
        await program.Host.Clock.RunUntilAsync(now + Duration.FromDays(4));
        Assert.Equal(["for-ever", "stays"], Rows());
        await program.Host.Clock.RunUntilAsync(now + Duration.FromDays(31));
        Assert.Equal(["for-ever"], Rows());
    }

    /// <summary>What lies in the file, expired or not.</summary>
    private List<string> Rows() => program.Host.Services.GetRequiredService<SqliteDatabase>().Read(static session =>
    {
        var ids = new List<string>();
        using var rows = session.Prepare("SELECT id FROM documents WHERE partition = 'purge:a' ORDER BY id");
        while (rows.Step()) ids.Add(rows.GetString(0));
        return ids;
    });
}
