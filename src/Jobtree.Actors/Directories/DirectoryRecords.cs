using System.Text.Json.Serialization;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Directories;

/// <summary>A record of the directory's journal.</summary>
public sealed record DirectoryEvent
{
    /// <summary>Budgets as they are from now on.</summary>
    public IReadOnlyList<Budget>? Budgets { get; init; }

    /// <summary>Names of budgets that are no more.</summary>
    public IReadOnlyList<string>? BudgetsRemoved { get; init; }

    /// <summary>Nodes that are known from now on.</summary>
    public IReadOnlyList<NodeEntry>? Nodes { get; init; }

    /// <summary>Names of nodes that are no more.</summary>
    public IReadOnlyList<string>? NodesRemoved { get; init; }
}

/// <summary>A node in the directory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Flavor">Its flavor.</param>
public sealed record NodeEntry(string Name, string Flavor);

/// <summary>The directory's state.</summary>
/// <param name="Sequence">The number of the last journal record.</param>
/// <param name="Budgets">The budgets in name order.</param>
/// <param name="Nodes">The nodes in name order.</param>
/// <param name="Flavors">The flavors in order.</param>
public sealed record DirectorySnapshot(
    long Sequence, IReadOnlyList<Budget> Budgets, IReadOnlyList<NodeEntry> Nodes, IReadOnlyList<string> Flavors);

/// <summary>The JSON of the directory's journal.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter)])]
[JsonSerializable(typeof(DirectoryEvent))]
[JsonSerializable(typeof(DirectorySnapshot))]
public sealed partial class DirectoryJson : JsonSerializerContext;
