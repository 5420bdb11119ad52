using Jobtree.Monitoring.Packaging;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>Which copies are made of which sources, and which are left over.</summary>
public sealed class PackagedCopiesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("jobtree-copies-").FullName;
    private readonly Repository repository;

    public PackagedCopiesTests()
    {
        repository = new Repository(root);
        repository.Write(new("dashboards/written.json", "{ \"old\": 1 }\n"));
        repository.Write(new("alerts/fleet.rules.yaml", "groups:\n  - name: fleet\n\n    rules: []\n"));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Each_dashboard_and_rule_is_copied_for_Helm_kustomize_and_Terraform()
    {
        var copies = Make(new("dashboards/made.json", "{ \"new\": 2 }\n"), new("dashboards/written.json", "{ }\n"));
        Assert.Equal(
            [
                "deploy/helm/jobtree/files/dashboards/made.json", "deploy/helm/jobtree/files/dashboards/written.json",
                "deploy/helm/jobtree/files/rules/fleet.rules.yaml",
                "deploy/kustomize/monitoring/dashboards/made.json",
                "deploy/kustomize/monitoring/dashboards/written.json",
                "deploy/kustomize/monitoring/kustomization.yaml",
                "deploy/kustomize/monitoring/rules/fleet.rules.yaml",
                "deploy/terraform/dashboards/made.json", "deploy/terraform/dashboards/written.json",
                "deploy/terraform/rules/fleet.rules.yaml",
            ],
            copies.Keys.Order(StringComparer.Ordinal));
        // What is made in the same run counts, not what an earlier run wrote.
        Assert.Equal("{ }\n", copies["deploy/terraform/dashboards/written.json"]);
        Assert.Equal("{ \"new\": 2 }\n", copies["deploy/helm/jobtree/files/dashboards/made.json"]);
        Assert.EndsWith("spec:\n  groups:\n    - name: fleet\n\n      rules: []\n",
            copies["deploy/kustomize/monitoring/rules/fleet.rules.yaml"], StringComparison.Ordinal);
        Assert.Contains("files: [dashboards/made.json]", copies["deploy/kustomize/monitoring/kustomization.yaml"],
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_whose_source_is_gone_is_left_over()
    {
        foreach (var (path, content) in Make())
            repository.Write(new(path, content));
        Assert.Empty(PackagedCopies.Orphans(repository, PackagedCopies.Of(repository, [])));
        repository.Delete("dashboards/written.json");
        Assert.Equal(
            [
                "deploy/helm/jobtree/files/dashboards/written.json",
                "deploy/kustomize/monitoring/dashboards/written.json", "deploy/terraform/dashboards/written.json",
            ],
            PackagedCopies.Orphans(repository, PackagedCopies.Of(repository, [])));
    }

    private Dictionary<string, string> Make(params GeneratedFile[] made) => PackagedCopies.Of(repository, made)
        .ToDictionary(file => file.Path, file => file.Content, StringComparer.Ordinal);
}
