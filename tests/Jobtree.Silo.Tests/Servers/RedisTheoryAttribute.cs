using System.Runtime.CompilerServices;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Tests.Servers;

/// <summary>A theory over a real Redis; skipped, with the reason, where there is no redis-server.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RedisTheoryAttribute : TheoryAttribute
{
    public RedisTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (RedisServer.Program is null)
            Skip = RedisFactAttribute.Missing;
    }
}
