namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Manifests of a small fleet: 32 GPUs, and a budget for them.</summary>
internal static class Fleets
{
    public const string Small = """
        [{"apiVersion":"jobtree.dev/v1","kind":"Node",
          "metadata":{"name":"n1","labels":{"region":"lab","cluster":"c","fabric.domain":"d"}},
          "spec":{"flavor":"H100","gpus":32}},
         {"apiVersion":"jobtree.dev/v1","kind":"Budget","metadata":{"name":"ai"},
          "spec":{"owner":"org:ai","envelopes":[
            {"name":"h100","flavor":"H100","selector":{"region":"lab"},"concurrency":32,
             "start":"2020-01-01T00:00:00Z","end":"2100-01-01T00:00:00Z"}]}}]
        """;

    public static string Run(string name, int gpus = 4) =>
        $$$$"""{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"{{{{name}}}}"},"spec":""" +
        $$$$"""{"owner":"org:ai","resources":{"gpuType":"H100","totalGPUs":{{{{gpus}}}}}}}""";
}
