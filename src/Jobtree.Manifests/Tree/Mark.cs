namespace Jobtree.Manifests.Tree;

/// <summary>A place in the text; both numbers count from 1.</summary>
internal readonly record struct Mark(int Line, int Column);
