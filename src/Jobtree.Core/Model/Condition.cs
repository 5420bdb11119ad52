namespace Jobtree.Core.Model;

/// <summary>One condition of a run; all six types are always present.</summary>
/// <param name="Type">What it is about.</param>
/// <param name="Status">Whether it holds.</param>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Since">When it last changed; absent while it never did.</param>
/// <param name="Message">A sentence for people, or none.</param>
public sealed record Condition(
    ConditionType Type, bool Status, string Reason, DateTimeOffset? Since = null, string? Message = null);
