using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Cli.Output;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Jobtree.Cli.Tests.Output;

public sealed class YamlTextTests
{
    [Fact]
    public void Every_text_reads_back_as_the_same_text() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>().Filter(text => text is not null && text.IsNormalized()), text =>
            ReadBack(text) == text)
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("yes")]
    [InlineData("null")]
    [InlineData("12")]
    [InlineData("1e3")]
    [InlineData("0x1f")]
    [InlineData("2026-01-01")]
    [InlineData("a: b")]
    [InlineData("- a")]
    [InlineData("# no comment")]
    [InlineData(" ")]
    public void What_could_be_taken_for_something_else_is_quoted(string text)
    {
        Assert.StartsWith("\"", Yaml(text), StringComparison.Ordinal);
        Assert.Equal(text, ReadBack(text));
    }

    [Fact]
    public void Numbers_and_truth_values_stay_plain()
    {
        using var document = JsonDocument.Parse("""{"a": 1.5, "b": true, "c": [], "d": {}, "e": null}""");
        Assert.Equal("a: 1.5\nb: true\nc: []\nd: {}\ne: null\n", YamlText.Of(document.RootElement));
    }

    private static string Yaml(string text) => YamlText.Of(JsonSerializer.SerializeToElement(text));

    private static string ReadBack(string text)
    {
        var parser = new Parser(new StringReader(Yaml(text)));
        while (parser.MoveNext())
        {
            if (parser.Current is Scalar scalar)
                return scalar.Value;
        }
        throw new InvalidOperationException("There is no scalar.");
    }
}
