using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Jobtree.Execution.Processes;

/// <summary>Finds programs as a shell would, without running one.</summary>
internal static class Programs
{
    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const string SystemPath = "/usr/bin:/bin:/usr/local/bin:/usr/sbin:/sbin";

    /// <summary>Finds one of the system's own programs.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="PlatformNotSupportedException">The program is missing.</exception>
    public static string FindSystem(string name) => TryFind(name, SystemPath, "/", out var path, out _)
        ? path
        : throw new PlatformNotSupportedException(
            $"The process executor needs the program '{name}', which this machine does not have in {SystemPath}.");

    /// <summary>Finds the file of a command.</summary>
    /// <param name="command">A path, or a name to look for.</param>
    /// <param name="searchPath">The folders to look in, separated by colons.</param>
    /// <param name="workPath">The base of relative paths.</param>
    /// <param name="path">The file found.</param>
    /// <param name="problem">Why none was found.</param>
    public static bool TryFind(
        string command, string? searchPath, string workPath, [NotNullWhen(true)] out string? path,
            [NotNullWhen(false)] out string? problem)
    {
        path = command.Contains('/', StringComparison.Ordinal)
            ? Path.Combine(workPath, command)
            : (searchPath ?? SystemPath).Split(':', StringSplitOptions.RemoveEmptyEntries).Select(
                f => Path.Combine(workPath, f, command)).FirstOrDefault(IsProgram);
        problem = path switch
        {
            null => $"The command '{command}' is in no folder of PATH.",
            _ when Directory.Exists(path) => $"The command '{command}' is a folder.",
            _ when !File.Exists(path) => $"The command '{command}' does not exist.",
            _ when !IsProgram(path) => $"The command '{command}' is not executable.",
            _ => null,
        };
        return problem is null;
    }

    /// <summary>Runs one of the system's programs to its end.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it printed.</returns>
    public static string Output(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment.Clear();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    [SuppressMessage("Interoperability", "CA1416",
        Justification = "The process executor refuses to be made on anything but Linux.")]
    private static bool IsProgram(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & AnyExecute) != 0;
}
