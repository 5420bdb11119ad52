using System.CommandLine;
using System.Diagnostics;
using Jobtree.Cli.Completion;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Completion;

public sealed class CompleterTests : IDisposable
{
    private readonly CliBench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("su", "submit")]
    [InlineData("--state x nodes c", "cordon")]
    [InlineData("nodes ", "cordon uncordon drain fence delete")]
    [InlineData("budgets ", "usage delete")]
    [InlineData("list --output ", "json table yaml")]
    [InlineData("list -o y", "yaml")]
    [InlineData("list --output=j", "--output=json")]
    [InlineData("watch x --until re", "Reserved")]
    [InlineData("completions ", "bash zsh fish")]
    [InlineData("complete x --f", "--failed")]
    [InlineData("list --no", "--no-color")]
    [InlineData("__", "")]
    [InlineData("explain ", "")]
    public void The_tree_answers(string line, string expected) =>
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), Complete(line)
            .Words.Select(word => word.Text));

    [Theory]
    [InlineData("--state ", true)]
    [InlineData("submit -f ", true)]
    [InlineData("list --token-file=", true)]
    [InlineData("list --owner ", false)]
    [InlineData("list --no-color ", false)]
    public void Files_are_offered_where_files_go(string line, bool files) => Assert.Equal(files, Complete(line).Files);

    [Fact]
    public void Every_command_of_the_tree_is_found_by_its_first_letters()
    {
        var root = CommandTree.Create(Host());
        foreach (var (path, command) in Visible(root, []))
        {
            var words = Completer.Complete(root, [.. path, command.Name[..1]]).Words;
            Assert.Contains(words, word => word.Text == command.Name && word.Description == command.Description);
        }
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Each_shell_gets_a_script(string shell)
    {
        var result = await bench.Run("completions", shell);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("__complete", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bash_completes_with_the_script()
    {
        var script = bench.Write("completion.bash", (await bench.Run("completions", "bash")).Out);
        bench.Write("has space.yaml", "");
        var program = Path.Combine(AppContext.BaseDirectory, "kubectl-runs");
        var test = bench.Write("test.bash", $$"""
            source '{{script}}'
            cd '{{bench.Folder}}'
            ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kubectl_runs; printf '%s|' "${COMPREPLY[@]}"; echo; }
            ask '{{program}}' nodes ''
            ask '{{program}}' list -o ''
            ask '{{program}}' submit -f has
            """);
        using var bash = Process.Start(new ProcessStartInfo("bash", [test]) { RedirectStandardOutput = true })!;
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var answer = await bash.StandardOutput.ReadToEndAsync(enough.Token);
        await bash.WaitForExitAsync(enough.Token);
        Assert.Equal("cordon|uncordon|drain|fence|delete|\njson|table|yaml|\nhas space.yaml|\n", answer);
    }

    private static IEnumerable<(string[] Path, Command Command)> Visible(Command command, string[] path) =>
        command.Subcommands
        .Where(sub => !sub.Hidden)
        .SelectMany(sub => Visible(sub, [.. path, sub.Name]).Prepend((path, sub)));

    private static CompletionAnswer Complete(string line) =>
        Completer.Complete(CommandTree.Create(Host()), line.Split(' '));

    private static CliHost Host() =>
        new(new Terminal(Stream.Null, TextWriter.Null, Stream.Null, TextWriter.Null, null), _ =>
            null, TimeProvider.System, Fleet.MemoryFleet.Create);
}
