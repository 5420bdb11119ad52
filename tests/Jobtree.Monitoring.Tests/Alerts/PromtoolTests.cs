namespace Jobtree.Monitoring.Tests.Alerts;

/// <summary>Prometheus itself accepts the rules, and its unit tests of them pass.</summary>
public sealed class PromtoolTests
{
    private static readonly Repository Repository = Sources.Repository();

    public static TheoryData<string> TestFiles { get; } = [.. Repository.List("alerts/tests", ".test.yaml")];

    [Fact]
    public async Task Every_rule_file_is_valid_and_has_no_rule_twice()
    {
        NeedPromtool();
        var files = Repository.List("alerts", ".rules.yaml").Select(Full);
        await Programs.Run("promtool", ["check", "rules", "--lint=all", "--lint-fatal", .. files]);
    }

    [Theory]
    [MemberData(nameof(TestFiles))]
    public async Task Every_rule_does_what_its_tests_say(string file)
    {
        NeedPromtool();
        await Programs.Run("promtool", ["test", "rules", Full(file)]);
    }

    private static void NeedPromtool() =>
        Assert.SkipUnless(Programs.Find("promtool") is not null, "promtool is not installed: ./jobtree test does it");

    private static string Full(string path) => Path.Combine(Sources.Root, path);
}
