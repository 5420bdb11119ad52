using System.Text.Json.Serialization;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Directories;

/// <summary>A record of the directory's journal.</summary>
public sealed record DirectoryEvent
{
    /// <summary>The new or changed budgets.</summary>
    public IReadOnlyList<Budget>? Budgets { get; init; }

    /// <summary>Names of removed budgets.</summary>
    public IReadOnlyList<string>? BudgetsRemoved { get; init; }

    /// <summary>The new nodes.</summary>
    public IReadOnlyList<NodeEntry>? Nodes { get; init; }

    /// <summary>Names of removed nodes.</summary>
    public IReadOnlyList<string>? NodesRemoved { get; init; }

    /// <summary>Who asked for the change of budgets; absent if nobody said so.</summary>
    public string? By { get; init; }
}

/// <summary>A node in the directory.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Flavor">The node's flavor.</param>
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
