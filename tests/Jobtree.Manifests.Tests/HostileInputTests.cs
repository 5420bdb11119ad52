using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Manifests;

namespace Jobtree.Manifests.Tests;

public sealed class HostileInputTests
{
    private const int Megabytes4 = 4 * 1024 * 1024;
    private const string Node =
        """{"apiVersion":"jobtree.dev/v1","kind":"Node","metadata":{"name":"NAME"},"spec":""" +
        """{"flavor":"H100","gpus":8}}""";

    private static readonly string[] Files = ["notation.txt", "documents.txt", "nodes.txt", "budgets.txt", "runs.txt",
        "ledger.txt", "older.txt"];

    private static readonly string[] Splinters =
    [
        "---\n", "...\n", "? ", "- ", ": ", "{", "}", "[", "]", ",", "&a ", "*a ", "!t ", "!!str ", "|\n", ">-\n", "'",
            "\"", "\\", "\\u", "\\U00110000", "\\ud800", "\\x", "%YAML 9.9\n",
        "%TAG ! !\n", "<<: ", "#", "\t", "\r", "\n", "\0", "\u0085", "\u2028", "\uFEFF", "`", "@", "null", "~", "0x",
            "1e999", "-", "|2\n", ">9\n", "  ", "!<", "!<x>", "99999999999999999999",
    ];

    /// <summary>How many documents are broken; JOBTREE_FUZZ names another number for a longer search.</summary>
    private static readonly int Documents =
        int.TryParse(Environment.GetEnvironmentVariable("JOBTREE_FUZZ"), out var more) ? more : 2000;

    [Theory]
    [InlineData("[", ManifestFormat.Detect)]
    [InlineData("{\"a\":", ManifestFormat.Detect)]
    [InlineData("{a: ", ManifestFormat.Detect)]
    [InlineData("[a, ", ManifestFormat.Detect)]
    [InlineData("[", ManifestFormat.Yaml)]
    [InlineData("- ", ManifestFormat.Yaml)]
    [InlineData("{a: ", ManifestFormat.Yaml)]
    public void Deep_nesting_is_refused(string opening, ManifestFormat format)
    {
        var text = string.Concat(Enumerable.Repeat(opening, Megabytes4 / opening.Length));
        var error = Assert.Single(ManifestReader.Read(text, new ManifestReaderOptions { Format = format }).Errors);
        Assert.Equal("is nested deeper than 64 levels", error.Message);
    }

    [Fact]
    public void A_text_too_long_is_refused_unread()
    {
        var options = new ManifestReaderOptions { BytesMax = 100 };
        Assert.Equal("1:1: the text is longer than 100 bytes; split it",
            Assert.Single(ManifestReader.Read(new string('ü', 51), options).Errors).ToString());
        Assert.Single(ManifestReader.Read(new byte[101], options).Errors);
        Assert.True(ManifestReader.Read(new string(' ', 100), options).IsValid);
    }

    [Theory]
    [InlineData(ManifestFormat.Json)]
    [InlineData(ManifestFormat.Yaml)]
    public void Too_many_values_are_refused(ManifestFormat format)
    {
        var text = $"[{string.Concat(Enumerable.Repeat("{},", 600_000))}{{}}]";
        var error = Assert.Single(ManifestReader.Read(text, new ManifestReaderOptions { Format = format }).Errors);
        Assert.Equal("the text holds more than 500000 values; split it", error.Message);
    }

    [Theory]
    [InlineData("\n", "", "")]
    [InlineData(",", "[", "]")]
    [InlineData(",", "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[", "]}")]
    [InlineData("\n---\n", "---\n", "")]
    [InlineData("\n---\n", "", "")]
    public void Too_many_documents_are_refused(string separator, string before, string after)
    {
        string Text(int count) => before + string.Join(separator, Enumerable.Range(0, count)
            .Select(i => Node.Replace("NAME", $"n{i}", StringComparison.Ordinal))) + after;
        var options = new ManifestReaderOptions { DocumentsMax = 3 };
        Assert.Equal(3, ManifestReader.Read(Text(3), options).Manifests.Count);
        Assert.Equal("the text holds more than 3 documents; split it",
            Assert.Single(ManifestReader.Read(Text(9), options).Errors).Message);
    }

    [Fact]
    public void Too_many_values_in_flow_style_are_refused()
    {
        var text = $"[{string.Concat(Enumerable.Repeat("{a: b},", 300_000))}]";
        var error = Assert.Single(ManifestReader.Read(text).Errors);
        Assert.Equal("the text holds more than 500000 values; split it", error.Message);
    }

    [Theory]
    [InlineData("{apiVersion: jobtree.dev/v1, kind: Node, kind: Run}", "1:42: field 'kind' is given twice")]
    [InlineData("{\n kind: &a Node, name: x}", "2:17: is not valid YAML")]
    [InlineData("{kind: !!str Node}", "1:8: YAML tags")]
    [InlineData("{<<: {a: b}}", "1:2: YAML merge keys")]
    [InlineData("{? [a, b] : c}", "1:4: a field's name must be a text")]
    [InlineData("{kind: Node\n", "is not valid YAML")]
    [InlineData("{\"kind\": \"Node\"\n", "is not valid JSON")]
    public void What_opens_like_JSON_is_told_its_faults_in_the_likelier_format(string text, string fault)
    {
        var error = Assert.Single(ManifestReader.Read(text).Errors);
        Assert.Contains(fault, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_of_very_many_fields_is_refused_with_few_errors()
    {
        var fields = string.Join(",", Enumerable.Range(0, 200_000).Select(i => $"\"{i}\":1"));
        var read = ManifestReader.Read(Node.Replace("\"gpus\":8", $"\"gpus\":8,{fields}", StringComparison.Ordinal)
            .Replace("NAME", "n", StringComparison.Ordinal));
        Assert.Equal(50, read.Errors.Count);
        Assert.True(read.ErrorsCapped);
        Assert.Empty(read.Manifests);
    }

    [Fact]
    public void A_field_twice_among_many_is_found()
    {
        var fields = string.Join(",", Enumerable.Range(0, 1000).Select(i => $"\n\"{i}\":1"));
        var error = Assert.Single(ManifestReader.Read($"{{{fields},\"7\":2}}").Errors);
        Assert.Equal("1001:9: field '7' is given twice, first in line 9; keep one", error.ToString());
    }

    [Fact]
    public void Doubling_aliases_are_refused_at_the_first_anchor()
    {
        var laughs = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
        var error = Assert.Single(ManifestReader.Read(laughs).Errors);
        Assert.Equal((1, 4), (error.Line, error.Column));
    }

    [Fact]
    public void Invalid_utf8_is_refused_with_its_place()
    {
        byte[] text = [.. "a: ü\nb: é"u8, 0xC3, (byte)'x'];
        Assert.Equal("2:5: the text is not valid UTF-8", Assert.Single(ManifestReader.Read(text).Errors).ToString());
        Assert.Equal("1:1: the text is not valid UTF-8",
            Assert.Single(ManifestReader.Read(Encoding.Unicode.GetPreamble()).Errors).ToString());
        Assert.Equal("2:2: the text holds half of a surrogate pair, which is no character",
            Assert.Single(ManifestReader.Read("a\nb\uD800").Errors).ToString());
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        byte[] text = [.. Encoding.UTF8.Preamble,
            .. Encoding.UTF8.GetBytes(Node.Replace("NAME", "n", StringComparison.Ordinal))];
        Assert.Single(ManifestReader.Read(text).Manifests);
    }

    [Fact]
    public void Errors_stay_short_whatever_the_input()
    {
        var name = new string('k', 100_000);
        var read = ManifestReader.Read(
            """{"apiVersion":"NAME","kind":"Run","metadata":{"name":"NAME","NAME":1},"spec":{"NAME":{"NAME":1}}}"""
                .Replace("NAME", name, StringComparison.Ordinal));
        Assert.NotEmpty(read.Errors);
        Assert.All(read.Errors, error => Assert.InRange(error.ToString().Length, 1, 500));
    }

    [Fact]
    public void A_status_that_is_not_wanted_may_hold_anything()
    {
        const string Run =
            """{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"r"},"spec":{"resources":""" +
            """{"gpuType":"H100","totalGPUs":1}},"status":{"phase":[7],"x":{}}}""";
        Assert.Equal(2, ManifestReader.Read(Run).Errors.Count);
        var run = Assert.IsType<RunManifest>(
            Assert.Single(ManifestReader.Read(Run, new ManifestReaderOptions { ReadStatus = false }).Manifests));
        Assert.Null(run.Status);
    }

    [Fact]
    public void Broken_documents_give_errors_and_never_exceptions()
    {
        var documents = Files.SelectMany(CaseFile.Read).Select(item => item.Input).ToArray();
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var text = Break(documents[random.Next(documents.Length)], random);
            foreach (var format in Enum.GetValues<ManifestFormat>())
                AssertAnswered(ManifestReader.Read(text, new ManifestReaderOptions { Format = format }));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Documents));
    }

    private static byte[] Break(string document, Random random)
    {
        var bytes = new List<byte>(Encoding.UTF8.GetBytes(document));
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(random.Next(1, 60), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0 when length > 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Splinters[random.Next(Splinters.Length)]));
                    break;
            }
        }
        return [.. bytes];
    }

    private static void AssertAnswered(ManifestReadResult read)
    {
        Assert.All(read.Errors, error =>
        {
            Assert.True(error.Line >= 1 && error.Column >= 1 && error.Message.Length > 0);
            Assert.DoesNotContain(error.ToString(), char.IsControl);
        });
        if (!read.IsValid)
        {
            Assert.Empty(read.Manifests);
            return;
        }
        // What is accepted can be written, and what is written is accepted and written the same.
        var written = ManifestWriter.ToYaml(read.Manifests);
        Assert.Equal(written, ManifestWriter.ToYaml(ManifestReader.Read(written).Manifests));
    }
}
