namespace Jobtree.Silo.Commands.Configuration;

/// <summary>A value of the configuration file: exactly one of text, items and members is set.</summary>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Text">The text of a plain value.</param>
/// <param name="Items">The items of a list.</param>
/// <param name="Members">The members of a section, in order.</param>
internal sealed record ConfigNode(long Line, string? Text = null, IReadOnlyList<ConfigNode>? Items = null,
    IReadOnlyList<ConfigMember>? Members = null);

/// <summary>A member of a section.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Line">The line of the name, from 1.</param>
/// <param name="Value">Its value.</param>
internal sealed record ConfigMember(string Name, long Line, ConfigNode Value);
