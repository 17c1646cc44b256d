using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Loyalty.Delivery.Tests;

/// <summary>A mail server of a few lines: takes a message, and answers one command otherwise where a test says so.</summary>
internal sealed class SmtpServerStub : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public SmtpServerStub()
    {
        _listener.Start();
        _loop = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Messages that were taken, as they came.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>The command that is answered otherwise: <c>MAIL</c>, <c>RCPT</c>, <c>DATA</c>, <c>.</c> (the end of the message).</summary>
    public string? At { get; set; }

    /// <summary>What is answered there; null: the connection breaks.</summary>
    public string? Answer { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await TalkAsync(client.GetStream());
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        try
        {
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            await SayAsync("220 stub");
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                var command = line.Split(' ', ':')[0].ToUpperInvariant();
                if (command == At)
                {
                    if (Answer is null) return;
                    await SayAsync(Answer);
                    continue;
                }

                if (command == "DATA")
                {
                    await SayAsync("354 go on");
                    var text = new StringBuilder();
                    while (await reader.ReadLineAsync(_stop.Token) is { } part && part != ".") text.Append(part.StartsWith('.') ? part[1..] : part).Append("\r\n");
                    Messages.Add(text.ToString());
                    if (At == "." && Answer is null) return;
                    await SayAsync(At == "." ? Answer! : "250 taken");
                    continue;
                }

                await SayAsync(command == "QUIT" ? "221 bye" : "250 ok");
                if (command == "QUIT") return;
            }
        }
        catch (IOException)
        {
            // The other side has gone.
        }

        async Task SayAsync(string line) => await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), _stop.Token);
    }
}
