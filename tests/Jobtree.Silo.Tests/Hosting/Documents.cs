namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Manifests of a small fleet: 64 GPUs, and a budget for most of them.</summary>
internal static class Documents
{
    public const string Flavor = "H100";

    public static object[] Fleet(int nodes = 8) =>
    [
        .. Enumerable.Range(0, nodes).Select(node => new
        {
            apiVersion = "jobtree.dev/v1",
            kind = "Node",
            metadata = new { name = $"node-{node:D2}", labels = new Dictionary<string, string> { ["region"] = "lab",
                ["cluster"] = "c", ["fabric.domain"] = $"d{node / 4}" } },
            spec = new { flavor = Flavor, gpus = 8 },
        }),
        new
        {
            apiVersion = "jobtree.dev/v1",
            kind = "Budget",
            metadata = new { name = "ai" },
            spec = new
            {
                owner = "org:ai",
                envelopes = new[] { new { name = "h100", flavor = Flavor, selector = new { region = "lab" },
                    concurrency = 48, start = "2020-01-01T00:00:00Z", end = "2100-01-01T00:00:00Z" } },
            },
        },
    ];

    public static object Run(string name, int gpus, string owner = "org:ai", string flavor = Flavor) => new
    {
        apiVersion = "jobtree.dev/v1",
        kind = "Run",
        metadata = new { name },
        spec = new { owner, resources = new { gpuType = flavor, totalGPUs = gpus } },
    };
}
