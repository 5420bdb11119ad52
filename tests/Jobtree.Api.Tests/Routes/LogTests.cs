using System.IO.Pipelines;
using System.Text;
using Jobtree.Actors.Ports;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Core.Model;
using Microsoft.Extensions.DependencyInjection;

namespace Jobtree.Api.Tests.Routes;

public sealed class LogTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Output_is_listed_and_read()
    {
        await using var host = await Start();
        Assert.Equal("1/rank-0.out", (string?)(await host.Get("/v1/runs/default/a/logs")).IsOk().Json["items"]![0]);
        var output = await host.Get("/v1/runs/default/a/logs/1/rank-0.out");
        Assert.Equal("text/plain", output.ContentType);
        Assert.Equal("step 1 <b>\u001b[31m", output.Text);
    }

    [Theory]
    [InlineData("1/rank-9.out")]
    [InlineData("..%2F..%2Fetc%2Fpasswd")]
    [InlineData("%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("1//rank-0.out")]
    [InlineData("1%5Crank-0.out")]
    public async Task Nothing_else_can_be_read(string file)
    {
        await using var host = await Start();
        Assert.Equal(404, (await host.Get($"/v1/runs/default/a/logs/{file}")).Status);
    }

    [Fact]
    public async Task Without_an_executor_that_keeps_output_there_is_none()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        Assert.Empty((await host.Get("/v1/runs/default/a/logs")).IsOk().Json["items"]!.AsArray());
        (await host.Get("/v1/runs/default/a/logs/1/rank-0.out")).IsProblem(404, "not-found");
    }

    /// <summary>A file of many megabytes takes a slow reader longer than other answers may take.</summary>
    [Fact]
    public async Task A_file_is_read_to_its_end_however_long_that_takes()
    {
        await using var host = await ApiHost.Start(options => options with { RequestTimeout = Timeout },
            builder => builder.Services.AddSingleton<IRunLogs>(new SlowFile()));
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        Assert.Equal("first, last", (await host.Get("/v1/runs/default/a/logs/1/rank-0.out")).IsOk().Text);
        Assert.DoesNotContain("jobtree_errors_total{component=\"api\"", (await host.Get("/metrics")).Text,
            StringComparison.Ordinal);
    }

    private static async Task<ApiHost> Start()
    {
        var host = await ApiHost.Start(builder => builder.Services.AddSingleton<IRunLogs>(new OneFile()));
        (await host.Post("/v1/runs", Samples.Run("a"))).IsOk();
        return host;
    }

    /// <summary>Opens whatever it is asked for, so that only the API stands between a path and the disk.</summary>
    private sealed class OneFile : IRunLogs
    {
        public IReadOnlyList<string> List(RunKey run) => ["1/rank-0.out"];

        public Stream? Open(RunKey run, string file) =>
            new MemoryStream(Encoding.UTF8.GetBytes("step 1 <b>\u001b[31m"));
    }

    /// <summary>A file whose end is there only when other requests would be over.</summary>
    private sealed class SlowFile : IRunLogs
    {
        public IReadOnlyList<string> List(RunKey run) => ["1/rank-0.out"];

        public Stream? Open(RunKey run, string file)
        {
            var pipe = new Pipe();
            _ = Write(pipe.Writer);
            return pipe.Reader.AsStream();
        }

        private static async Task Write(PipeWriter writer)
        {
            await writer.WriteAsync("first"u8.ToArray());
            await Task.Delay(Timeout * 1.5);
            await writer.WriteAsync(", last"u8.ToArray());
            await writer.CompleteAsync();
        }
    }
}
