namespace Jobtree.Actors.WhatIf;

/// <summary>The clock of a copied fleet: it stands still until it is moved.</summary>
internal sealed class CopyClock(DateTimeOffset at) : TimeProvider
{
    private DateTimeOffset now = at.ToUniversalTime();

    public override DateTimeOffset GetUtcNow() => now;

    /// <summary>Moves the clock, unless it is past that instant.</summary>
    public void MoveTo(DateTimeOffset at) => now = at > now ? at.ToUniversalTime() : now;
}
