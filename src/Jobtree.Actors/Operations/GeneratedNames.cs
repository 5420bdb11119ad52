using System.Security.Cryptography;
using System.Text;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>
/// Names for runs that give <c>metadata.generateName</c> instead of a name. The suffix is derived from the command's id
/// and the document's index, so each command makes a new run and a repeated command the same one.
/// </summary>
internal static class GeneratedNames
{
    private const int SuffixBytes = 5;

    public static IReadOnlyList<Manifest> Resolve(IReadOnlyList<Manifest> manifests, ApplyCommand command) =>
        manifests.Any(manifest => manifest is RunManifest { GeneratesName: true })
            ? [.. manifests.Select((manifest, index) => manifest is RunManifest { GeneratesName: true } run
                ? Named(run, command.OperationOf(index, manifests.Count)) : manifest)]
            : manifests;

    private static RunManifest Named(RunManifest run, string operation)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Key}\n{operation}"));
        var suffix = Convert.ToHexStringLower(hash.AsSpan(0, SuffixBytes));
        return run with { Key = new RunKey(run.Key.Namespace, run.Key.Name + suffix), GeneratesName = false };
    }
}
