using System.Text.Json.Serialization;
using Jobtree.Core.Json;

namespace Jobtree.Actors.Directories;

/// <summary>The JSON of the directory's journal.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter)])]
[JsonSerializable(typeof(DirectoryEvent))]
[JsonSerializable(typeof(DirectorySnapshot))]
public sealed partial class DirectoryJson : JsonSerializerContext;
