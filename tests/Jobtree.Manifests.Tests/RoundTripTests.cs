using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Json;
using Jobtree.Manifests;

namespace Jobtree.Manifests.Tests;

public sealed class RoundTripTests
{
    [Fact]
    public void What_is_written_as_yaml_reads_back_the_same() => ForAllSeeds(seed =>
    {
        var manifests = Distinct(seed);
        AssertSame(manifests, ManifestReader.Read(ManifestWriter.ToYaml(manifests)));
    });

    [Fact]
    public void What_is_written_as_json_reads_back_the_same() => ForAllSeeds(seed =>
    {
        var manifest = new ManifestMaker(seed).Make();
        AssertSame([manifest], ManifestReader.Read(ManifestWriter.ToJson(manifest, indented: seed % 2 == 0)));
    });

    [Fact]
    public void A_list_an_array_and_lines_of_json_read_back_the_same() => ForAllSeeds(seed =>
    {
        var manifests = Distinct(seed);
        using var list = new MemoryStream();
        using (var writer = new Utf8JsonWriter(list))
            ManifestWriter.WriteJsonList(writer, manifests);
        AssertSame(manifests, ManifestReader.Read(list.ToArray()));

        var objects = manifests.Select(manifest => Encoding.UTF8.GetString(ManifestWriter.ToJson(manifest))).ToArray();
        AssertSame(manifests, ManifestReader.Read($"[{string.Join(",\n", objects)}]"));
        AssertSame(manifests, ManifestReader.Read(string.Join("\n", objects)));
    });

    [Fact]
    public void Json_is_also_yaml() => ForAllSeeds(seed =>
    {
        var manifest = new ManifestMaker(seed).Make();
        AssertSame([manifest], ManifestReader.Read(
            ManifestWriter.ToJson(manifest), new ManifestReaderOptions { Format = ManifestFormat.Yaml }));
    });

    [Fact]
    public void Nothing_is_written_as_nothing() =>
        Assert.Empty(ManifestReader.Read(ManifestWriter.ToYaml([])).Manifests);

    private static void ForAllSeeds(Action<int> property) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), property).Check(
            Config.QuickThrowOnFailure.WithMaxTest(250));

    // Two documents of one kind and name would be refused.
    private static Manifest[] Distinct(int seed) =>
        [.. Enumerable.Range(0, 4).Select(i => new ManifestMaker(seed ^ (i << 20)).Make()).DistinctBy(Identity)];

    private static (Type Kind, string Name) Identity(Manifest manifest) => (manifest.GetType(), manifest switch
    {
        NodeManifest node => node.Node.Name,
        BudgetManifest budget => budget.Budget.Name,
        RunManifest run => run.Key.ToString(),
        FlavorManifest flavor => flavor.Past.Flavor,
        _ => Guid.NewGuid().ToString(),
    });

    private static void AssertSame(IReadOnlyList<Manifest> expected, ManifestReadResult read)
    {
        Assert.Empty(read.Errors);
        Assert.Equal(expected.Select(Describe), read.Manifests.Select(Describe));
    }

    // The model's own JSON, which shares no code with the writer under test.
    private static string Describe(Manifest manifest) => manifest switch
    {
        NodeManifest node => JsonSerializer.Serialize(node.Node, ModelJson.Default.Node),
        BudgetManifest budget => JsonSerializer.Serialize(budget.Budget, ModelJson.Default.Budget),
        RunManifest run =>
            $"{run.Key} {JsonSerializer.Serialize(run.Spec, ModelJson.Default.RunSpec)} {Describe(run.Labels)} "
            + (run.Status is null ? "" : JsonSerializer.Serialize(run.Status, ModelJson.Default.RunStatus)),
        ReservationManifest reservation =>
            JsonSerializer.Serialize(reservation.Reservation, ModelJson.Default.Reservation),
        FlavorManifest flavor => JsonSerializer.Serialize(flavor.Past),
        LeaseManifest lease => $"{JsonSerializer.Serialize(lease.Lease, ModelJson.Default.Lease)} {lease.Class} "
            + (lease.End is null ? "" : JsonSerializer.Serialize(lease.End, ModelJson.Default.LeaseEnd)),
        _ => throw new ArgumentOutOfRangeException(nameof(manifest)),
    };

    private static string Describe(IReadOnlyDictionary<string, string>? labels) =>
        labels is null ? "none" : string.Join(",", labels.Select(label => $"{label.Key}={label.Value}"));
}
