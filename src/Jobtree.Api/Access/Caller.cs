namespace Jobtree.Api.Access;

/// <summary>The sender of a request and its permissions.</summary>
/// <param name="Name">The token's name; empty on loopback without tokens.</param>
/// <param name="Role">The role.</param>
/// <param name="Owners">The owners it acts for, including owners below them.</param>
internal sealed record Caller(string Name, Role Role, IReadOnlyList<string> Owners)
{
    /// <summary>Any client of a loopback address if no tokens are configured.</summary>
    public static Caller Local { get; } = new("", Role.Operator, [OwnerPaths.Everyone]);

    /// <summary>When its token ends; null: the token is of the token file and ends when it is removed there.</summary>
    public DateTimeOffset? Expires { get; init; }

    public bool IsForAll { get; } = Owners.Contains(OwnerPaths.Everyone);

    /// <summary>Whether another caller has the same name and the same permissions.</summary>
    public bool IsAs(Caller other) => Name == other.Name && Role == other.Role && Owners.SequenceEqual(other.Owners);

    /// <summary>The owners to which queries are restricted; null: no restriction.</summary>
    public IReadOnlyList<string>? VisibleOwners => IsForAll ? null : Owners;

    public bool Covers(string? owner) =>
        IsForAll || (owner is not null && Owners.Any(mine => OwnerPaths.Covers(mine, owner)));

    /// <summary>Whether it acts for an owner above another one, not only for that one itself.</summary>
    public bool CoversAbove(string owner) => IsForAll
        || Owners.Any(mine => mine.Length < owner.Length && OwnerPaths.Covers(mine, owner));

    /// <summary>Scopes operation ids by token, so that ids of different tokens cannot collide.</summary>
    public string Scoped(string operation) => Name.Length == 0 ? operation : $"{Name}/{operation}";
}

/// <summary>The permissions of a token; each role includes the roles before it.</summary>
public enum Role
{
    /// <summary>Read runs of its owners, and all nodes, flavors and budgets.</summary>
    Viewer,

    /// <summary>Submit, cancel and complete runs of its owners.</summary>
    Submitter,

    /// <summary>Change budgets of its owners; nodes and audits need the owner <c>*</c>.</summary>
    Operator,
}
