using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>
/// A process that this one started. What it says goes to a file, with those before it under the same name. It does not
/// outlive this one.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(90);

    /// <summary>Runs a program in a new session, under the same process id.</summary>
    private const string SessionProgram = "/usr/bin/setsid";

    private readonly Process process;
    private readonly TextWriter log;

    private ChildProcess(Process process, TextWriter log) => (this.process, this.log) = (process, log);

    /// <summary>Its id.</summary>
    public int Id { get; private init; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited
    {
        get
        {
            try
            {
                return process.HasExited;
            }
            catch (InvalidOperationException)
            {
                return true; // It was put away meanwhile.
            }
        }
    }

    /// <summary>Processor time that it has taken.</summary>
    public TimeSpan Processor
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>How it ended.</summary>
    public int ExitCode => process.ExitCode;

    public static ChildProcess Start(string program, IEnumerable<string> arguments, string logFile,
        IReadOnlyDictionary<string, string>? variables = null)
    {
        var log = TextWriter.Synchronized(
            new StreamWriter(new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite),
            Encoding.UTF8) { AutoFlush = true });
        // In a session of its own, where that can be had: Ctrl-C at the terminal is for this process, which then ends
        // the others when their time has come.
        var start = File.Exists(SessionProgram) ? new ProcessStartInfo(SessionProgram, [program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        var child = new ChildProcess(process, log) { Id = process.Id };
        AppDomain.CurrentDomain.ProcessExit += child.OnExit;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Ends it as a crash would (SIGKILL), and waits until it is gone.</summary>
    public async Task Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            return; // It has ended and was put away meanwhile.
        }
        await Exit();
    }

    /// <summary>Sends it a signal, such as STOP, CONT or TERM; none if it has ended.</summary>
    public async Task Signal(string name)
    {
        if (HasExited)
            return;
        using var kill = Process.Start(new ProcessStartInfo(
            "kill", ["-" + name, Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits until it is gone, however long it lives.</summary>
    public Task Ended() => process.WaitForExitAsync();

    /// <summary>Waits until it is gone, which it should be soon.</summary>
    public async Task Exit()
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(ExitPatience);
        }
        catch (InvalidOperationException)
        {
            // It has ended and was put away meanwhile.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        process.Dispose();
        await log.DisposeAsync();
    }

    private static void Write(TextWriter log, string? line)
    {
        if (line is not null)
            log.WriteLine(line);
    }

    private void OnExit(object? sender, EventArgs happened)
    {
        if (!HasExited)
            process.Kill();
    }
}
