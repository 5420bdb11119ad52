using System.Runtime.CompilerServices;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Tests.Servers;

/// <summary>A fact over a real Redis; skipped, with the reason, where there is no redis-server.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RedisFactAttribute : FactAttribute
{
    /// <summary>Why tests over Redis are skipped.</summary>
    public const string Missing = "There is no redis-server on PATH (Debian's package redis-server).";

    public RedisFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (RedisServer.Program is null)
            Skip = Missing;
    }
}
