using Jobtree.Simulation.Commands;

namespace Jobtree.Simulation.Tests.Commands;

/// <summary>The command line of <c>jobtree simulate</c>.</summary>
public sealed class SimulateCommandTests : IDisposable
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
    }

    [Fact]
    public void Seeds_that_keep_the_invariants_give_figures_and_0()
    {
        Assert.Equal(0, Invoke("--seed", "5", "--seeds", "3"));
        Assert.StartsWith("3 seeds in ", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("0 failed.", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_that_breaks_a_rule_gives_the_command_that_replays_it_its_story_and_1()
    {
        Assert.Equal(1, Invoke("--seeds", "1", "--break", "Window"));
        var text = output.ToString();
        Assert.Contains("./jobtree simulate --seed 1 --break Window", text, StringComparison.Ordinal);
        Assert.Contains("broken: invariant 3 (a window opens or closes", text, StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        Assert.Equal(1, Invoke("--seed", "1", "--break", "Window"));
        Assert.Equal(Before(text, "1 seed in"), Before(output.ToString(), "1 seed in"));
    }

    [Theory]
    [InlineData("--seeds", "0", "--seeds must be a number greater than 0.")]
    [InlineData("--minutes", "-1", "--minutes must be a number greater than 0.")]
    [InlineData("--seeds", "many", "--seeds must be a number greater than 0.")]
    [InlineData("--break", "everything", "everything")]
    public void What_cannot_be_meant_is_refused(string option, string value, string says)
    {
        Assert.Equal(1, Invoke(option, value));
        Assert.Contains(says, error.ToString(), StringComparison.Ordinal);
    }

    private static string Before(string text, string mark) => text[..text.IndexOf(mark, StringComparison.Ordinal)];

    private int Invoke(params string[] args) => new SimulateCommand().Invoke(args, output, error);
}
