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

    [Fact]
    public void A_history_is_given_as_a_connection_is_and_only_to_a_cluster()
    {
        Assert.Null(Read("--redis", "a:1").HistoryPostgres);
        Assert.Equal("db.example", Read("--redis", "a:1", "--history-postgres", "Host=db.example;Username=silo")
            .HistoryPostgres?.Host);
        Assert.Contains("needs --redis", Assert.Throws<ArgumentException>(
            () => Read("--history-postgres", "Host=db.example")).Message, StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "Host=db.example;Password=secret\n");
            Assert.Equal("secret", HistoryOptionSet.Postgres(null, new FileInfo(file), "Host=other")?.Password);
            Assert.Equal("a", HistoryOptionSet.Postgres("Host=a", null, "Host=other")?.Host);
            Assert.Null(HistoryOptionSet.Postgres(null, null, " "));
            Assert.Contains("not both", Assert.Throws<ArgumentException>(() => Read("--redis", "a:1",
                "--history-postgres", "Host=a", "--history-postgres-file", file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("Password=hunter2")]
    [InlineData("postgres://silo:hunter2@db.example/jobtree")]
    [InlineData("Host=db.example;Password=hunter2;Nonsense=1")]
    [InlineData("Host=db.example;Password=hunter2;Port=many")]
    [InlineData("Host=db.example;Password=hunter2;Target Session Attributes=primary")]
    [InlineData("Host=db.example;Password='hunter2")]
    public void What_is_no_history_is_refused_without_repeating_it(string connection)
    {
        var refusal = Assert.Throws<ArgumentException>(() => HistoryOptionSet.Postgres(null, null, connection));
        Assert.Contains("JOBTREE_HISTORY_POSTGRES", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--service-id", "a b", "--service-id")]
    [InlineData("--cluster-id", "{x}", "--cluster-id")]
    [InlineData("--advertise", "0.0.0.0", "--advertise")]
    [InlineData("--advertise", "no such machine", "--advertise")]
    [InlineData("--drain", "-1", "--drain")]
    [InlineData("--redis-file", "/nowhere/at/all", "--redis-file")]
    [InlineData("--history-postgres-file", "/nowhere/at/all", "--history-postgres-file")]
    public void What_cannot_be_is_named(string option, string value, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => Read(option, value)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("--redis", "a:1")]
    [InlineData("--gateway-port", "0")]
    public void Ports_that_others_can_reach_need_TLS_or_a_word_that_something_else_guards_them(
        string option, string value)
    {
        var refusal = Assert.Throws<ArgumentException>(() => Read(option, value, "--advertise", "192.0.2.1"));
        Assert.Contains("--advertise 192.0.2.1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--silo-tls-cert", refusal.Message, StringComparison.Ordinal);
        Assert.Null(Read(option, value, "--advertise", "192.0.2.1", "--silo-insecure").Certificates);
        Assert.Null(Read(option, value, "--advertise", "127.0.0.2").Certificates);
    }

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
