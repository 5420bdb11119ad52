namespace Jobtree.Manifests.Tests;

/// <summary>What people give to be read in a line is one, wherever it came in.</summary>
public sealed class OneLineTests
{
    [Theory]
    [InlineData("exit code 1", true)]
    [InlineData("", true)]
    [InlineData("two\nlines", false)]
    [InlineData("a\u2028separator", false)]
    [InlineData("a\u202Ereversed text", false)]
    [InlineData("an \u001B[31mescape", false)]
    public void A_line_has_no_character_that_a_terminal_or_a_manifest_would_not_take(string text, bool isLine)
    {
        Assert.Equal(isLine, OneLine.Is(text));
        Assert.True(OneLine.Is(OneLine.Of(text)));
        Assert.Equal(isLine, OneLine.Of(text) == text);
    }

    [Fact]
    public void A_text_that_is_too_long_is_cut_between_characters()
    {
        var tooLong = new string('x', OneLine.LengthMax - 1) + "\U0001F680";
        Assert.False(OneLine.Is(tooLong));
        Assert.Equal(new string('x', OneLine.LengthMax - 1), OneLine.Of(tooLong));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_no_character() => Assert.False(OneLine.Is("\uD83D"));
}
