using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>A host as a process of its own, that can be killed.</summary>
internal sealed class HostProcess : IDisposable
{
    private const string Program = "jobtree-silo.dll";

    private static readonly string State = Directory.CreateTempSubdirectory("jobtree-state-").FullName;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly Process process;
    private readonly StringBuilder said = new();
    private readonly bool isWrapped;
    private readonly TaskCompletionSource<Uri> serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HostProcess(IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment,
        params IEnumerable<string> wrapper)
    {
        // A test run in the background of a script ignores Ctrl-C, and its children would too.
        string[] command = [
            .. wrapper, "env", "--default-signal=INT",
            "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, Program), .. arguments];
        isWrapped = command[0] != "env";
        process = new Process
        {
            StartInfo = new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
            EnableRaisingEvents = true,
        };
        // Hosts in tests live for seconds: good code would cost more than it brings.
        process.StartInfo.Environment["DOTNET_TC_QuickJit"] = "1";
        process.StartInfo.Environment["JOBTREE_INVARIANTS"] = "1";
        // What silos of other test runs knew of a Redis at the same port must not count.
        process.StartInfo.Environment["XDG_STATE_HOME"] = State;
        foreach (var (name, value) in environment)
            process.StartInfo.Environment[name] = value;
        process.OutputDataReceived += (_, line) => Heard(line.Data);
        process.ErrorDataReceived += (_, line) => Heard(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process.</summary>
    public int Id => process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    public string Said
    {
        get
        {
            lock (said)
                return said.ToString();
        }
    }

    public static HostProcess Start(params IEnumerable<string> arguments) => new(arguments, []);

    /// <summary>Starts the program by another one that changes its surroundings.</summary>
    public static HostProcess StartUnder(IEnumerable<string> wrapper, params IEnumerable<string> arguments) =>
        new(arguments, [], wrapper);

    /// <summary>Starts a host on a folder and waits until it can be asked.</summary>
    public static Task<(HostProcess Host, Uri Address)> Serve(string folder, params IEnumerable<string> more) =>
        ServeSilo(["--data", folder, .. more]);

    /// <summary>Starts a silo on free ports and waits until it can be asked.</summary>
    public static Task<(HostProcess Silo, Uri Address)> ServeSilo(
        IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment) =>
        Serve(new HostProcess(["up", "--port", "0", .. arguments], environment));

    /// <summary>Starts the program with another command that serves, and waits until it can be asked.</summary>
    public static Task<(HostProcess Host, Uri Address)> ServeCommand(params IEnumerable<string> arguments) =>
        Serve(new HostProcess(arguments, []));

    /// <summary>Starts a host by a program that changes its surroundings, and waits until it can be asked.</summary>
    /// <param name="wrapper">The program and its arguments; the host's command line follows.</param>
    /// <param name="folder">The data folder.</param>
    /// <param name="environment">Variables beside those of the test.</param>
    public static Task<(HostProcess Host, Uri Address)> ServeUnder(
        IEnumerable<string> wrapper, string folder, params IEnumerable<(string Name, string Value)> environment) =>
        Serve(new HostProcess(["up", "--port", "0", "--data", folder, "--empty"], environment, wrapper));

    /// <summary>Starts a silo on free ports by a program that changes its surroundings, and waits until it can be
    /// asked.</summary>
    public static Task<(HostProcess Silo, Uri Address)> ServeSiloUnder(
        IEnumerable<string> wrapper, IEnumerable<string> arguments,
        params IEnumerable<(string Name, string Value)> environment) =>
        Serve(new HostProcess(["up", "--port", "0", .. arguments], environment, wrapper));

    public async Task<int> Exit()
    {
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ended, Task.Delay(Patience)) != ended)
            throw new TimeoutException($"The host still runs after {Patience.TotalSeconds:0} s; it said: {Said}");
        return process.ExitCode;
    }

    public Task Kill()
    {
        process.Kill();
        return Exit();
    }

    /// <summary>Sends a signal, as an operator or an orchestrator does.</summary>
    public async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Asks the host to stop, and waits until it has.</summary>
    public async Task<int> Stop(string signal = "TERM")
    {
        await Signal(signal);
        return await Exit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: isWrapped);
        process.Dispose();
    }

    private static async Task<(HostProcess Host, Uri Address)> Serve(HostProcess started)
    {
        var first = await Task.WhenAny(started.serving.Task, started.process.WaitForExitAsync(), Task.Delay(Patience));
        if (first == started.serving.Task)
            return (started, await started.serving.Task);
        var said = started.Said;
        started.Dispose();
        throw new InvalidOperationException($"The host did not come up: {said}");
    }

    private void Heard(string? line)
    {
        if (line is null)
            return;
        lock (said)
            said.AppendLine(line);
        const string sentence = "Serving http";
        // A line for a person begins with the sentence, and a line of JSON has it in a member.
        if (line.IndexOf(sentence, StringComparison.Ordinal) is >= 0 and var at)
            serving.TrySetResult(new Uri(line[(at + "Serving ".Length)..].Split(' ')[0]));
    }
}
