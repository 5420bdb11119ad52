namespace Jobtree.Api.Access;

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
