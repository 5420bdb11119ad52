namespace Jobtree.Actors.Operations;

/// <summary>Which command asks for a change, and who gave it.</summary>
/// <param name="Id">The command's id: a repeat with the same id takes effect once.</param>
/// <param name="By">Who gave it: the name of a token, or of a user; absent if nobody said so.</param>
public readonly record struct FleetCommand(string Id, string? By = null)
{
    /// <summary>Whether grants bind who gave it: it raises no envelope beyond them.</summary>
    public bool IsBounded { get; init; }

    /// <summary>A command of which only the id is known.</summary>
    /// <param name="id">The id.</param>
    public static implicit operator FleetCommand(string id) => new(id);

    /// <summary>The id.</summary>
    public override string ToString() => Id;
}
