namespace Jobtree.Core.Model;

/// <summary>Who may use an envelope beside its owner, without asking.</summary>
public enum Sharing
{
    /// <summary>Descendants, siblings and cousins of the owner; recallable by rank.</summary>
    Family,

    /// <summary>Nobody.</summary>
    None,
}
