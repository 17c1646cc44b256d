using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Loyalty.Bench;

/// <summary>
/// A closed loop of HTTP/1.1 keep-alive connections on two threads of its own: every connection has one request under way, made and signed before the
/// measurement. Plain sockets, so that the load costs little of the cores it shares with the server.
/// </summary>
internal sealed class HttpLoad(Uri address, int connections, Func<int, int, byte[]> request)
{
    private const int Threads = 2;

    /// <summary>Runs the load; answers the time of each request in milliseconds. Every answer must be 202.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="perConnection">Requests made beforehand for each connection; a measurement that runs out of them says so.</param>
    public List<double> Run(double seconds, int perConnection)
    {
        var clients = Enumerable.Range(0, connections).Select(number => new Client(address, Prepare(number, perConnection))).ToArray();
        try
        {
            GC.Collect();
            var watch = Stopwatch.StartNew();
            var threads = Enumerable.Range(0, Threads)
                .Select(part => new Loop([.. clients.Where((_, number) => number % Threads == part)], watch, seconds)).ToArray();
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            List<double> times = [.. clients.SelectMany(static client => client.Times)];
            return times.Count > 0 ? times : throw new InvalidOperationException($"Nothing was answered in {seconds} s.");
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }
    }

    private byte[][] Prepare(int client, int count) => [.. Enumerable.Range(0, count).Select(number => request(client, number))];

    /// <summary>One thread and its connections.</summary>
    private sealed class Loop(Client[] clients, Stopwatch watch, double seconds)
    {
        private readonly List<Socket> _ready = new(clients.Length);
        private readonly Dictionary<Socket, Client> _bySocket = clients.ToDictionary(static client => client.Socket);
        private Thread? _thread;
        private Exception? _failure;

        public void Start()
        {
            _thread = new Thread(Run) { Name = "load", IsBackground = true };
            _thread.Start();
        }

        public void Join()
        {
            _thread!.Join();
            if (_failure is { } failure) throw new InvalidOperationException(failure.Message, failure);
        }

        private void Run()
        {
            try
            {
                foreach (var client in clients) client.Send();
                while (watch.Elapsed.TotalSeconds < seconds)
                {
                    _ready.Clear();
                    _ready.AddRange(_bySocket.Keys);
                    Socket.Select(_ready, null, null, TimeSpan.FromMilliseconds(100));
                    foreach (var socket in _ready)
                    {
                        var client = _bySocket[socket];
                        client.Receive();
                        client.Send();
                    }
                }
            }
            catch (Exception failure)
            {
                _failure = failure;
            }
        }
    }

    private sealed class Client : IDisposable
    {
        private readonly byte[][] _requests;
        private readonly byte[] _answer = new byte[2048];
        private int _next;
        private long _sent;

        public Client(Uri address, byte[][] requests)
        {
            _requests = requests;
            Socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Socket.Connect(address.Host, address.Port);
        }

        public Socket Socket { get; }

        public List<double> Times { get; } = [];

        public void Send()
        {
            if (_next == _requests.Length) throw new InvalidOperationException("The requests made beforehand are used up: make more, or measure for a shorter time.");
            _sent = Stopwatch.GetTimestamp();
            Socket.Send(_requests[_next++]);
        }

        public void Receive()
        {
            var read = Socket.Receive(_answer);
            Times.Add(Stopwatch.GetElapsedTime(_sent).TotalMilliseconds);
            if (!_answer.AsSpan(0, read).StartsWith("HTTP/1.1 202"u8)) throw new InvalidOperationException(Encoding.ASCII.GetString(_answer, 0, read));
        }

        public void Dispose() => Socket.Dispose();
    }
}
