using System.Runtime.CompilerServices;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Tests.Servers;

/// <summary>
/// A fact over a real Redis and a <see cref="SmallNetwork"/>; skipped, with the reason, where there is no redis-server
/// or networks cannot be made.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Missing = new(SmallNetwork.WhatIsMissing);

    public NetworkFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = RedisServer.Program is null ? RedisFactAttribute.Missing : Missing.Value;
}
