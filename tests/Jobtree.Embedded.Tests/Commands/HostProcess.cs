using System.Diagnostics;
using System.Text;

namespace Jobtree.Embedded.Tests.Commands;

/// <summary>The host as a process of its own, that can be killed.</summary>
internal sealed class HostProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly StringBuilder said = new();
    private readonly TaskCompletionSource<Uri> serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HostProcess(params IEnumerable<string> arguments)
    {
        var dll = Path.Combine(AppContext.BaseDirectory, "jobtree-embedded.dll");
        process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", ["exec", dll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true },
            EnableRaisingEvents = true,
        };
        // Hosts in tests live for a second: profiles for hot code would cost more than they bring.
        process.StartInfo.Environment["DOTNET_TieredPGO"] = "0";
        process.OutputDataReceived += (_, line) => Heard(line.Data);
        process.ErrorDataReceived += (_, line) => Heard(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Said
    {
        get
        {
            lock (said)
                return said.ToString();
        }
    }

    public static HostProcess Start(params IEnumerable<string> arguments) => new(arguments);

    /// <summary>Starts a host and waits until it can be asked.</summary>
    public static async Task<(HostProcess Host, Uri Address)> Serve(string folder, params IEnumerable<string> more)
    {
        var host = new HostProcess(["up", "--data", folder, "--port", "0", .. more]);
        var first = await Task.WhenAny(host.serving.Task, host.process.WaitForExitAsync(), Task.Delay(Patience));
        if (first != host.serving.Task)
            throw new InvalidOperationException($"The host did not come up: {host.Said}");
        return (host, await host.serving.Task);
    }

    public async Task<int> Exit()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Asks the host to stop as an operator does.</summary>
    public async Task<int> Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return await Exit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }

    private void Heard(string? line)
    {
        if (line is null)
            return;
        lock (said)
            said.AppendLine(line);
        if (line.StartsWith("Serving ", StringComparison.Ordinal))
            serving.TrySetResult(new Uri(line.Split(' ', ',')[1]));
    }
}
