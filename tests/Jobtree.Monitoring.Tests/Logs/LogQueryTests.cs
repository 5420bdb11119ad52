namespace Jobtree.Monitoring.Tests.Logs;

/// <summary>The LogQL lines of the documents, read by the parser of Grafana's editor.</summary>
public sealed class LogQueryTests
{
    internal const string OfARun = """{job="training", job_id="123"}""";
    internal const string Errors = """{job="training"} |= "ERROR" """;
    internal const string Progress = """{job="training"} |= "Epoch" """;

    [Theory]
    [InlineData(OfARun)]
    [InlineData(Errors)]
    [InlineData(Progress)]
    [InlineData("""{job="jobtree", level="ERROR"} | json | line_format "{{.message}}" """)]
    public async Task The_documents_queries_parse(string query)
    {
        Assert.SkipUnless(LogQuery.CanParse, "@grafana/lezer-logql is not under artifacts/tools/npm.");
        Assert.Null((await LogQuery.Parse(query)).Single().Error);
    }

    [Fact]
    public async Task What_does_not_parse_is_refused_with_its_place()
    {
        Assert.SkipUnless(LogQuery.CanParse, "@grafana/lezer-logql is not under artifacts/tools/npm.");
        var queries = await LogQuery.Parse("""{job="a" """, """{job="a"} |= """, "rate(x)");
        Assert.All(queries, query => Assert.NotNull(query.Error));
        Assert.Contains("column", queries[0].Error, StringComparison.Ordinal);
    }
}
