using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>
/// A theory that injects faults into system calls with strace; skipped, with the reason, where that cannot be done.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StraceTheoryAttribute : TheoryAttribute
{
    private static readonly string? Missing = WhatIsMissing();

    public StraceTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Missing;

    private static string? WhatIsMissing()
    {
        try
        {
            using var trial = Process.Start(new ProcessStartInfo(
                "strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "inject=fsync:error=EIO", "true"])
            {
                RedirectStandardError = true,
            })!;
            var said = trial.StandardError.ReadToEnd();
            trial.WaitForExit();
            return trial.ExitCode == 0 ? null : $"strace cannot trace here: {said.Trim()}";
        }
        catch (Win32Exception)
        {
            return "There is no strace on PATH (Debian's package strace).";
        }
    }
}
