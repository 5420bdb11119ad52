using System.Runtime.CompilerServices;
using Jobtree.Execution.Processes.Containment;

namespace Jobtree.Execution.Tests;

/// <summary>A test that needs a control group, which not every machine lets a user make.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ControlGroupFactAttribute : FactAttribute
{
    public ControlGroupFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        const string name = "tests";
        if (ControlGroups.Find(name) is { } groups)
            groups.Dispose();
        else
            Skip = "This machine has no cgroup v2 that may be written.";
    }
}
