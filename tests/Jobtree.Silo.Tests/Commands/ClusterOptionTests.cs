using System.CommandLine;
using System.Net;
using Jobtree.Silo.Commands;
using Jobtree.Silo.Hosting;

namespace Jobtree.Silo.Tests.Commands;

public sealed class ClusterOptionTests
{
    [Fact]
    public void Without_redis_a_silo_is_a_cluster_of_its_own_on_the_loopback_address()
    {
        var settings = Read("--service-id", "prod");
        Assert.Null(settings.Redis);
        Assert.Equal(("prod", "jobtree", IPAddress.Loopback, TimeSpan.Zero),
            (settings.ServiceId, settings.ClusterId, settings.Address, settings.Drain));
    }

    [Fact]
    public void An_option_wins_over_the_variable_and_a_file_may_hold_a_password()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "redis.example:6380,password=secret\n");
            Assert.Equal("secret", ClusterOptionSet.Redis(null, new FileInfo(file), "other:1")?.Password);
            Assert.Equal("a:1", ClusterOptionSet.Redis("a:1", null, "other:1")?.EndPoints[0]
                .ToString()?.Replace("Unspecified/", "", StringComparison.Ordinal));
            Assert.Null(ClusterOptionSet.Redis(null, null, " "));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("host:6379,password=hunter2,nonsense=1")]
    [InlineData("host:6379,password=hunter2,connectTimeout=never")]
    [InlineData("password=hunter2")]
    public void What_is_no_connection_is_refused_without_repeating_it(string connection)
    {
        var refusal = Assert.Throws<ArgumentException>(() => ClusterOptionSet.Redis(null, null, connection));
        Assert.Contains("JOBTREE_REDIS", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--service-id", "a b", "--service-id")]
    [InlineData("--cluster-id", "{x}", "--cluster-id")]
    [InlineData("--advertise", "0.0.0.0", "--advertise")]
    [InlineData("--advertise", "no such machine", "--advertise")]
    [InlineData("--drain", "-1", "--drain")]
    [InlineData("--redis-file", "/nowhere/at/all", "--redis-file")]
    public void What_cannot_be_is_named(string option, string value, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => Read(option, value)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Ports_that_are_none_are_refused()
    {
        var command = new Command("up");
        new ClusterOptionSet().AddTo(command);
        Assert.Single(command.Parse(["--silo-port", "70000"]).Errors);
    }

    [Fact]
    public void One_machine_has_no_port_for_other_silos()
    {
        var refusal = Assert.Throws<ArgumentException>(() => Read("--silo-port", "0"));
        Assert.Contains("--redis", refusal.Message, StringComparison.Ordinal);
    }

    private static ClusterSettings Read(params string[] arguments)
    {
        var options = new ClusterOptionSet();
        var command = new Command("up");
        options.AddTo(command);
        var parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return options.Read(parsed);
    }
}
