namespace Jobtree.Api.Tests.Fleet;

/// <summary>Manifests that tests send.</summary>
public static class Samples
{
    public static string Node(string name, int gpus = 8) =>
        $$"""{"apiVersion":"jobtree.dev/v1","kind":"Node","metadata":{"name":"{{name}}"},"spec":""" +
        $$"""{"flavor":"H100","gpus":{{gpus}} } }""";

    public static string Budget(string name, string owner, string? @namespace = null, string parents = "[]") =>
        $$"""
        {"apiVersion":"jobtree.dev/v1","kind":"Budget","metadata":
             {"name":"{{name}}" {{(@namespace is null ? "" : $",\"namespace\":\"{@namespace}\"")}} },
         "spec":{"owner":"{{owner}}","parents":{{parents}},
                 "envelopes":[{"name":"h100","flavor":"H100","concurrency":8,
                              "start":"2000-01-01T00:00:00Z","end":"2100-01-01T00:00:00Z"}]} }
        """;

    public static string Run(
        string name, string? owner = "org:ai", int gpus = 1, string @namespace = "default", string more = "") =>
        $$"""
        {"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"{{name}}","namespace":"{{@namespace}}"},
         "spec":{ {{(owner is null ? "" : $"\"owner\":\"{owner}\",")}}
                 "resources":{"gpuType":"H100","totalGPUs":{{gpus}} } {{more}} } }
        """;
}
