namespace Jobtree.Cli.Sessions;

/// <summary>What a command does with a fleet.</summary>
internal enum Access
{
    /// <summary>Looks at it: a state file is neither locked nor touched.</summary>
    Read,

    /// <summary>Changes it: a state file is locked and replaced.</summary>
    Change,

    /// <summary>Changes it, and may begin with none: a missing state file is made.</summary>
    Create,
}
