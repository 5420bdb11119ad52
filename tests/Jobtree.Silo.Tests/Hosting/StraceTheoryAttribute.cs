using System.Runtime.CompilerServices;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>
/// A theory that injects faults into system calls with strace; skipped, with the reason, where that cannot be done.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StraceTheoryAttribute : TheoryAttribute
{
    private static readonly string? Missing = Strace.WhatIsMissing();

    public StraceTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Missing;
}
