using System.Text.Json.Serialization;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Envelopes;

/// <summary>An envelope's state.</summary>
/// <param name="Sequence">The number of the last journal record.</param>
/// <param name="Seen">The last ledger entry seen, by flavor.</param>
/// <param name="GpuSeconds">GPU-seconds by class.</param>
/// <param name="MeteredTo">The instant up to which they are metered.</param>
/// <param name="Claims">The claims in lease order.</param>
/// <param name="Earlier">What earlier budgets of its name were charged, oldest first; absent if there were none.
/// </param>
public sealed record EnvelopeSnapshot(
    long Sequence, IReadOnlyDictionary<string, long> Seen, ClassSplit GpuSeconds, DateTimeOffset MeteredTo,
        IReadOnlyList<EnvelopeClaim> Claims, IReadOnlyList<EnvelopeAccount>? Earlier = null)
{
    /// <summary>What all budgets of its name were charged.</summary>
    public ClassSplit Total() => EnvelopeAccount.Total(GpuSeconds, Earlier ?? []);
}

/// <summary>What a budget was charged that was deleted, or passed to another owner.</summary>
/// <param name="Owner">Its owner.</param>
/// <param name="Until">When that was.</param>
/// <param name="GpuSeconds">GPU-seconds by class.</param>
public sealed record EnvelopeAccount(string Owner, DateTimeOffset Until, ClassSplit GpuSeconds)
{
    internal static ClassSplit Total(ClassSplit present, IReadOnlyList<EnvelopeAccount> earlier) =>
        earlier.Aggregate(present, static (sum, account) => sum + account.GpuSeconds);
}

/// <summary>A claim on an envelope.</summary>
/// <param name="Lease">The claiming lease.</param>
/// <param name="Gpus">The number of GPUs claimed.</param>
/// <param name="Class">Its class.</param>
/// <param name="Spare">Whether the lease is a spare.</param>
public sealed record EnvelopeClaim(long Lease, int Gpus, FundingClass Class, bool Spare);

/// <summary>The use of an envelope.</summary>
/// <param name="Gpus">GPUs claimed now, by class.</param>
/// <param name="SpareGpus">The number of these that are spares.</param>
/// <param name="GpuSeconds">GPU-seconds that its present budget was charged so far, by class.</param>
/// <param name="Claims">The number of claims.</param>
/// <param name="Earlier">What earlier budgets of its name were charged, oldest first.</param>
public sealed record EnvelopeMeter(ClassSplit Gpus, int SpareGpus, ClassSplit GpuSeconds, int Claims,
    IReadOnlyList<EnvelopeAccount> Earlier)
{
    /// <summary>What all budgets of its name were charged.</summary>
    public ClassSplit Total() => EnvelopeAccount.Total(GpuSeconds, Earlier);
}

/// <summary>The JSON of envelope journals.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(RunKeyConverter)])]
[JsonSerializable(typeof(EnvelopeFacts))]
[JsonSerializable(typeof(EnvelopeSnapshot))]
public sealed partial class EnvelopeJson : JsonSerializerContext;
