using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests;

/// <summary>The program itself, as a shell starts it.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly CliBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task Help_names_every_command()
    {
        var result = await Start("--help");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        foreach (var command in CommandTree.Create(
            new CliHost(Terminal.OfProcess(), _ => null, TimeProvider.System, bench.Fleets)).Subcommands)
            Assert.Equal(!command.Hidden, result.Out.Contains($"\n  {command.Name} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_version_is_printed_and_nothing_else()
    {
        // Tests are built with the version of the product.
        var version = typeof(ProcessTests).Assembly.GetName().Version!.ToString(3);
        Assert.Equal(new CliResult(0, version + "\n", ""), await Start("--version"));
    }

    [Fact]
    public async Task A_wrong_command_line_exits_2_and_prints_no_data()
    {
        var result = await Start("lisst");
        Assert.Equal((2, ""), (result.ExitCode, result.Out));
    }

    [Fact]
    public async Task A_server_that_is_not_there_exits_3()
    {
        var result = await Start("--server", "http://127.0.0.1:1", "list");
        Assert.Equal((3, ""), (result.ExitCode, result.Out));
    }

    [Fact]
    public async Task A_missing_state_file_exits_1_and_names_it()
    {
        var result = await Start("--state", bench.Path("cluster.yaml"), "plan", "train-128");
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains("cluster.yaml", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_argument_that_begins_with_an_at_sign_is_not_a_file_of_arguments()
    {
        var file = bench.Write("arguments", "--help");
        Assert.Equal(2, (await Start($"@{file}")).ExitCode);
    }

    private static Task<CliResult> Start(params string[] arguments) => CliProcess.Run(arguments);
}
