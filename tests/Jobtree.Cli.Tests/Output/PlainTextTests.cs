using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Cli.Output;

namespace Jobtree.Cli.Tests.Output;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("train-128", "train-128")]
    [InlineData("\u001b[2J\u001b]0;owned\u0007", "\\u001b[2J\\u001b]0;owned\\u0007")]
    [InlineData("a\nb\tc\rd", "a b c\\u000dd")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("safe\u202etxt.exe", "safe\\u202etxt.exe")]
    [InlineData("a\u200bb\ufeff", "a\\u200bb\\ufeff")]
    [InlineData("tag\U000E0041", "tag\\udb40\\udc41")]
    [InlineData("Grüße, 世界 🎉", "Grüße, 世界 🎉")]
    public void One_line_shows_what_could_move_or_mislead(string text, string shown) =>
        Assert.Equal(shown, PlainText.Of(text));

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("a\ufffdb", PlainText.Of("a\ud800b"));

    [Fact]
    public void Lines_keep_their_breaks_and_nothing_else() =>
        Assert.Equal("a\n\tb\\u0008", PlainText.Lines("a\n\tb\b"));

    [Fact]
    public void No_text_brings_a_control_character_to_the_terminal() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>().Filter(text => text is not null), text =>
            !PlainText.Of(text).Any(char.IsControl) && !PlainText.Lines(text).Any(
                c => char.IsControl(c) && c is not ('\n' or '\t')))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Json_stays_the_same_json()
    {
        var text = "\u001b\u202e\U000E0041\n\"";
        var json = IndentedJson.Write(writer => writer.WriteStringValue(text));
        Assert.Equal(text, JsonSerializer.Deserialize<string>(PlainText.Lines(json)));
    }

    [Fact]
    public void A_stream_cut_anywhere_reads_the_same()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes("é🎉\u001b[0m\r\nnext\tline\n");
        for (var size = 1; size <= bytes.Length; size++)
        {
            using var text = new StringWriter();
            using (var stream = new PlainStream(text))
            {
                foreach (var part in bytes.Chunk(size))
                    stream.Write(part);
            }
            Assert.DoesNotContain('\u001b', text.ToString());
            Assert.StartsWith("é🎉\\u001b[0m", text.ToString(), StringComparison.Ordinal);
            Assert.EndsWith("next\tline\n", text.ToString(), StringComparison.Ordinal);
        }
    }
}
