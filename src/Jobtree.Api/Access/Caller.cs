using Jobtree.Actors.Operations;

namespace Jobtree.Api.Access;

/// <summary>The sender of a request and its permissions.</summary>
/// <param name="Name">The token's name; empty on loopback without tokens.</param>
/// <param name="Role">The role.</param>
/// <param name="Owners">The owners it acts for, including owners below them.</param>
internal sealed record Caller(string Name, Role Role, IReadOnlyList<string> Owners)
{
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(40);

    /// <summary>Any client of a loopback address if no tokens are configured.</summary>
    public static Caller Local { get; } = new("", Role.Operator, [OwnerPaths.Everyone]);

    /// <summary>Whoever has not shown a token yet: it shares the limits of all such, and may do nothing.</summary>
    public static Caller Anonymous { get; } = new("", Role.Viewer, []);

    /// <summary>When its token ends; null: when it is removed from the token file.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Whether its token is an issuer's, and not of the token file.</summary>
    public bool IsOfIssuer { get; init; }

    /// <summary>How long its token is still valid, as the due time of a timer; absent: until it is removed.</summary>
    public TimeSpan? TimeLeft(DateTimeOffset now) => Expires is not { } end ? null
        : TimeSpan.FromTicks(Math.Clamp((end - now).Ticks, 0, TimerMax.Ticks));

    public bool IsForAll { get; } = Owners.Contains(OwnerPaths.Everyone);

    /// <summary>Whether another caller has the same name and the same permissions, until the same time.</summary>
    public bool IsAs(Caller other) => Name == other.Name && Role == other.Role && Expires == other.Expires
        && Owners.SequenceEqual(other.Owners);

    /// <summary>The owners to which queries are restricted; null: no restriction.</summary>
    public IReadOnlyList<string>? VisibleOwners => IsForAll ? null : Owners;

    public bool Covers(string? owner) =>
        IsForAll || (owner is not null && Owners.Any(mine => OwnerPaths.Covers(mine, owner)));

    /// <summary>Why it may not do what needs a role; null: it has the role.</summary>
    public Problem? RoleRefusal(Role needed) => Role >= needed ? null : new Problem(ProblemCode.Forbidden,
        $"This needs the role {Word(needed)}; the token '{Name}' has the role {Word(Role)}.");

    /// <summary>Why it may not do what concerns the whole fleet; null: it may.</summary>
    /// <param name="what">What it wants, as the subject of a sentence.</param>
    public Problem? FleetRefusal(string what) => IsForAll ? null : new Problem(ProblemCode.Forbidden,
        $"{what} concerns the whole fleet; the token '{Name}' does not act for the owner '{OwnerPaths.Everyone}'.");

    /// <summary>Whether it acts for an owner above another one, not only for that one itself.</summary>
    public bool CoversAbove(string owner) => IsForAll
        || Owners.Any(mine => mine.Length < owner.Length && OwnerPaths.Covers(mine, owner));

    private static string Word(Role role) => role.ToString().ToLowerInvariant();

    /// <summary>A command of this caller. Its id is scoped by the token, so that ids of different tokens cannot
    /// collide.</summary>
    /// <param name="operation">The id that the caller gave.</param>
    /// <param name="user">Who the caller says that it is, where there are no tokens.</param>
    public FleetCommand Command(string operation, string? user = null) => Name.Length == 0
        ? new(operation, user) { IsBounded = !IsForAll }
        : new($"{Name}/{operation}", Name) { IsBounded = !IsForAll };
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
