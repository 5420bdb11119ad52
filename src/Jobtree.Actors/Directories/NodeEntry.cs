namespace Jobtree.Actors.Directories;

/// <summary>A node in the directory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Flavor">Its flavor.</param>
public sealed record NodeEntry(string Name, string Flavor);
