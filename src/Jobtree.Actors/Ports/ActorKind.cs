namespace Jobtree.Actors.Ports;

/// <summary>The kinds of actors that keep a journal.</summary>
public enum ActorKind
{
    /// <summary>A run.</summary>
    Run,

    /// <summary>A flavor.</summary>
    Flavor,

    /// <summary>An envelope.</summary>
    Envelope,

    /// <summary>The directory of budgets, flavors and nodes.</summary>
    Directory,
}
