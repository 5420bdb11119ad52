using System.Globalization;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Bench.Load;

/// <summary>A fleet of one flavor whose teams, all of one lab, have envelopes that add up to it.</summary>
/// <param name="Gpus">GPUs in all.</param>
/// <param name="Teams">Owners with an envelope each.</param>
internal sealed record FleetShape(int Gpus, int Teams = 8)
{
    public const string Flavor = "H100-80GB";
    private const int GpusPerNode = 8;
    private const int NodesPerDomain = 32;

    public static string Team(int number) => string.Create(CultureInfo.InvariantCulture, $"org:lab:team-{number}");

    public static string Namespace(int number) => string.Create(CultureInfo.InvariantCulture, $"team-{number}");

    public IEnumerable<Manifest> Manifests()
    {
        for (var node = 0; node * GpusPerNode < Gpus; node++)
        {
            yield return new NodeManifest(new Node
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"node-{node:D6}"),
                Flavor = Flavor,
                Gpus = Math.Min(GpusPerNode, Gpus - node * GpusPerNode),
                Labels = new Dictionary<string, string>
                {
                    [NodeLabels.Region] = "west",
                    [NodeLabels.Cluster] = "bench",
                    [NodeLabels.FabricDomain] = string.Create(
                        CultureInfo.InvariantCulture, $"domain-{node / NodesPerDomain:D4}"),
                },
            });
        }
        for (var team = 0; team < Teams; team++)
        {
            yield return new BudgetManifest(new Budget
            {
                Name = Namespace(team),
                Namespace = Namespace(team),
                Owner = Team(team),
                Parents = ["org:lab"],
                Envelopes =
                [
                    new Envelope
                    {
                        Name = "base",
                        Flavor = Flavor,
                        Concurrency = (Gpus + Teams - 1) / Teams,
                        Start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
                        End = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero),
                    },
                ],
            });
        }
    }
}
