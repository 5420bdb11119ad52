namespace Jobtree.Api.Access;

/// <summary>Who sent a request and what they may do.</summary>
/// <param name="Name">The token's name; empty on loopback without tokens.</param>
/// <param name="Role">The role.</param>
/// <param name="Owners">The owners it acts for, with those below them.</param>
internal sealed record Caller(string Name, Role Role, IReadOnlyList<string> Owners)
{
    /// <summary>Whoever can reach a loopback address where no tokens are configured.</summary>
    public static Caller Local { get; } = new("", Role.Operator, [OwnerPaths.Everyone]);

    public bool IsForAll { get; } = Owners.Contains(OwnerPaths.Everyone);

    /// <summary>Whether another caller may do and see the same, under the same name.</summary>
    public bool IsAs(Caller other) => Name == other.Name && Role == other.Role && Owners.SequenceEqual(other.Owners);

    /// <summary>What queries are narrowed to; null: nothing is hidden.</summary>
    public IReadOnlyList<string>? VisibleOwners => IsForAll ? null : Owners;

    public bool Covers(string? owner) =>
        IsForAll || (owner is not null && Owners.Any(mine => OwnerPaths.Covers(mine, owner)));

    /// <summary>Operation ids of one token cannot meet those of another.</summary>
    public string Scoped(string operation) => Name.Length == 0 ? operation : $"{Name}/{operation}";
}

/// <summary>What a token lets its bearer do; each role may do what the ones before it may.</summary>
public enum Role
{
    /// <summary>Read: runs of its owners, and nodes, flavors and budgets of all.</summary>
    Viewer,

    /// <summary>Submit, cancel and complete runs of its owners.</summary>
    Submitter,

    /// <summary>Change budgets of its owners; nodes and audits need the owner <c>*</c>.</summary>
    Operator,
}
