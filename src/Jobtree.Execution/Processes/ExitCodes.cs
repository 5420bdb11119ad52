namespace Jobtree.Execution.Processes;

/// <summary>Describes exit codes in words.</summary>
internal static class ExitCodes
{
    private const int SignalBase = 128;

    private static readonly Dictionary<int, string> Signals = new()
    {
        [1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [5] = "SIGTRAP", [6] = "SIGABRT",
            [7] = "SIGBUS", [8] = "SIGFPE",
        [9] = "SIGKILL", [10] = "SIGUSR1", [11] = "SIGSEGV", [12] = "SIGUSR2", [13] = "SIGPIPE", [14] = "SIGALRM",
            [15] = "SIGTERM", [24] = "SIGXCPU", [25] = "SIGXFSZ",
    };

    /// <summary>Describes a rank's exit code, to follow "rank n".</summary>
    /// <param name="code">The code, if known.</param>
    /// <returns>Null if the rank succeeded.</returns>
    public static string? Describe(int? code) => code switch
    {
        0 => null,
        null => "ended without leaving an exit code: it was killed from outside, or the machine was restarted",
        126 => "could not execute the command (exit code 126)",
        127 => "could not find the command or its interpreter (exit code 127)",
        { } known when Signals.TryGetValue(known - SignalBase, out var signal) =>
            $"was ended by {signal} (exit code {known})",
        { } known => $"ended with exit code {known}",
    };
}
