using System.Runtime.CompilerServices;

namespace Jobtree.Tests;

/// <summary>A test that starts processes as other users; skipped, with the reason, for whoever is not root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip =
            Environment.IsPrivilegedProcess ? null : "Only root may start processes as others.";
}
