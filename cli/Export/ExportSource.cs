using System.Runtime.CompilerServices;
using Loyalty.Cli.Remote;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Moving;
using Loyalty.Simulation.Import;
using NodaTime;

namespace Loyalty.Cli.Export;

/// <summary>Where an export is read from.</summary>
internal interface IExportSource
{
    IAsyncEnumerable<ExportedPerson> MembersAsync(CancellationToken cancellation);

    IAsyncEnumerable<OrderState> OrdersAsync(CancellationToken cancellation);

    IAsyncEnumerable<LedgerEntry> EntriesAsync(CancellationToken cancellation);
}

/// <summary>A data file.</summary>
internal sealed class FileExport(ExportQueries queries, IClock clock) : IExportSource
{
    public async IAsyncEnumerable<ExportedPerson> MembersAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var one in PagesAsync(place => queries.CustomersAsync(place, cancellation))) yield return ExportedPerson.Of(one, clock.GetCurrentInstant());
    }

    public IAsyncEnumerable<OrderState> OrdersAsync(CancellationToken cancellation) => PagesAsync(place => queries.OrdersAsync(place, cancellation));

    public IAsyncEnumerable<LedgerEntry> EntriesAsync(CancellationToken cancellation) => PagesAsync(place => queries.EntriesAsync(place, cancellation));

    private static async IAsyncEnumerable<T> PagesAsync<T>(Func<ExportPlace?, Task<ExportSlice<T>?>> read)
    {
        ExportPlace? place = null;
        do
        {
            var page = await read(place) ?? throw new InvalidDataException("The store has divided itself anew while it was read; export once more.");
            foreach (var item in page.Items) yield return item;
            place = page.Next;
        }
        while (place is not null);
    }
}

/// <summary>An app that <c>--url</c> names.</summary>
internal sealed class RemoteExport(ProgramApi api) : IExportSource
{
    public IAsyncEnumerable<ExportedPerson> MembersAsync(CancellationToken cancellation) => PagesAsync<ExportedPerson>("export/members", cancellation);

    public IAsyncEnumerable<OrderState> OrdersAsync(CancellationToken cancellation) => PagesAsync<OrderState>("export/orders", cancellation);

    public IAsyncEnumerable<LedgerEntry> EntriesAsync(CancellationToken cancellation) => PagesAsync<LedgerEntry>("export/ledger", cancellation);

    private async IAsyncEnumerable<T> PagesAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? after = null;
        do
        {
            var page = await api.GetAsync<ExportPage<T>>(after is null ? path : $"{path}?after={after}", cancellation);
            foreach (var item in page.Items) yield return item;
            after = page.After;
        }
        while (after is not null);
    }
}
