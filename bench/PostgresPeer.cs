using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Loyalty.Bench;

/// <summary>
/// A PostgreSQL of its own: fresh cluster in the bench's folder, loopback and a free port only, synchronous commits as it comes. Never touches a cluster of
/// the system. As root it runs as the user <c>postgres</c>, since the server refuses root.
/// </summary>
internal sealed class PostgresPeer : IAsyncDisposable
{
    private const string Spend = """
        WITH debit AS (UPDATE wallet SET available = available - $2, spent = spent + $2 WHERE customer = $1 AND available >= $2 RETURNING customer)
        INSERT INTO entry(id, customer, type, points, cause) SELECT $3, customer, 'spend', $2, '{"orderId":"bench"}' FROM debit
        """;

    private readonly string _bin;
    private readonly string _folder;
    private readonly string _connection;
    private readonly NpgsqlConnection[] _clients = new NpgsqlConnection[64];
    private readonly NpgsqlCommand[] _spends = new NpgsqlCommand[64];
    private long _number;

    private PostgresPeer(string bin, string folder, int port) =>
        (_bin, _folder, _connection) = (bin, folder, $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Pooling=false");

    public string Version { get; private set; } = "";

    /// <summary>null: not installed.</summary>
    public static async Task<PostgresPeer?> TryStartAsync(BenchOptions options, int people)
    {
        var bin = new[] { "17", "16", "15" }.Select(static version => $"/usr/lib/postgresql/{version}/bin").FirstOrDefault(Directory.Exists);
        if (bin is null) return null;
        var folder = Path.GetFullPath(Path.Combine(options.Folder, "postgres"));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", ["postgres", folder]);
        var port = FreePort();
        var peer = new PostgresPeer(bin, folder, port);
        await peer.AsPostgresAsync("initdb", ["-D", Path.Combine(folder, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]);
        var settings = $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=100";
        await peer.AsPostgresAsync("pg_ctl", ["-D", Path.Combine(folder, "data"), "-l", Path.Combine(folder, "log"), "-w", "-o", settings, "start"]);
        await peer.PrepareAsync(people);
        return peer;
    }

    /// <summary>One statement and so one commit for one; a transaction for several.</summary>
    public async Task SpendAsync(int client, string customer, int batch)
    {
        var command = await CommandAsync(client);
        if (batch == 1)
        {
            await OneAsync(command, customer);
            return;
        }

        await using var transaction = await command.Connection!.BeginTransactionAsync();
        command.Transaction = transaction;
        for (var i = 0; i < batch; i++) await OneAsync(command, customer);
        await transaction.CommitAsync();
        command.Transaction = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            if (client is not null) await client.DisposeAsync();
        }

        await AsPostgresAsync("pg_ctl", ["-D", Path.Combine(_folder, "data"), "-m", "fast", "-w", "stop"]);
        if (Environment.IsPrivilegedProcess) Directory.Delete(_folder, recursive: true);
    }

    private async Task OneAsync(NpgsqlCommand command, string customer)
    {
        command.Parameters[0].Value = customer;
        command.Parameters[2].Value = $"spend-{Interlocked.Increment(ref _number)}";
        if (await command.ExecuteNonQueryAsync() != 1) throw new InvalidOperationException($"{customer} was not debited.");
    }

    private async Task<NpgsqlCommand> CommandAsync(int client)
    {
        if (_spends[client] is { } known) return known;
        _clients[client] = new NpgsqlConnection(_connection);
        await _clients[client].OpenAsync();
        var command = new NpgsqlCommand(Spend, _clients[client]);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "" });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = 1 });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "" });
        await command.PrepareAsync();
        return _spends[client] = command;
    }

    private async Task PrepareAsync(int people)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync();
        await using var schema = new NpgsqlCommand(
            "CREATE TABLE wallet(customer text PRIMARY KEY, available bigint NOT NULL CHECK (available >= 0), spent bigint NOT NULL DEFAULT 0);"
            + "CREATE TABLE entry(id text PRIMARY KEY, customer text NOT NULL, type text NOT NULL, points bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), cause jsonb NOT NULL);"
            + $"INSERT INTO wallet SELECT 'person-' || n, 1000000000 FROM generate_series(0, {people - 1}) n;",
            connection);
        await schema.ExecuteNonQueryAsync();
        await using var ask = new NpgsqlCommand("SELECT 'PostgreSQL ' || current_setting('server_version') || ', synchronous_commit ' || current_setting('synchronous_commit') || ', fsync ' || current_setting('fsync')", connection);
        Version = (string)(await ask.ExecuteScalarAsync())!;
    }

    private Task AsPostgresAsync(string program, IEnumerable<string> arguments)
    {
        var path = Path.Combine(_bin, program);
        return Environment.IsPrivilegedProcess
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments)
    {
        // The server inherits what its starter has open: nothing is redirected, or nobody would ever see the end of it.
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = "/tmp", UseShellExecute = false })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
