using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>A server of this machine that a test starts, on a free port of the loopback address.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int SaidMax = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly StringBuilder said = new();

    private ServerProcess(string program, IEnumerable<string> arguments, Uri address)
    {
        Address = address;
        process = new Process
        {
            StartInfo = new ProcessStartInfo(Programs.Find(program)!, arguments)
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            },
        };
        process.OutputDataReceived += (_, line) => Heard(line.Data);
        process.ErrorDataReceived += (_, line) => Heard(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    /// <summary>What it printed, the end of it.</summary>
    public string Said
    {
        get
        {
            lock (said)
                return said.ToString();
        }
    }

    /// <summary>Starts a server and waits until it says that it is ready.</summary>
    /// <param name="program">The program.</param>
    /// <param name="port">Its port.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<ServerProcess> Start(string program, int port, params IEnumerable<string> arguments)
    {
        var server = new ServerProcess(program, arguments, new Uri($"http://127.0.0.1:{port}/"));
        using var http = new HttpClient();
        try
        {
            await Eventually.Holds(() => server.IsReady(http), Patience, $"{program} is ready");
            return server;
        }
        catch (TimeoutException late)
        {
            await server.DisposeAsync();
            throw new InvalidOperationException($"{program} did not come up; it said: {server.Said}", late);
        }
    }

    /// <summary>A port that is free now.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", [process.Id.ToString(CultureInfo.InvariantCulture)]);
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(Patience));
        }

        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }

    private async Task<bool> IsReady(HttpClient http)
    {
        if (process.HasExited)
            throw new TimeoutException($"It ended with {process.ExitCode}.");
        try
        {
            using var answer = await http.GetAsync(new Uri(Address, "-/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Heard(string? line)
    {
        lock (said)
        {
            said.AppendLine(line);
            if (said.Length > SaidMax)
                said.Remove(0, said.Length - SaidMax);
        }
    }
}
