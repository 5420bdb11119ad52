namespace Jobtree.Silo.Chaos.Load;

/// <summary>What a client knows of a run that it submitted.</summary>
internal enum Standing
{
    /// <summary>Nobody has answered yet.</summary>
    Unknown,

    /// <summary>Its submission was acknowledged.</summary>
    Acknowledged,

    /// <summary>Its submission was refused.</summary>
    Refused,

    /// <summary>Its end was acknowledged.</summary>
    Ended,

    /// <summary>Its submission was acknowledged, and the store has lost it.</summary>
    Lost,
}
