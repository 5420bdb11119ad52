using System.Text.Json.Serialization;
using Jobtree.Core.Json;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

[JsonSourceGenerationOptions(Converters = [
    typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter), typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(FlavorSnapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
