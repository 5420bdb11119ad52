using System.Text;
using Spectre.Console;

namespace Jobtree.Cli.Output;

/// <summary>Sets a fixed width for Spectre, instead of the one that it would detect.</summary>
/// <param name="writer">The destination.</param>
/// <param name="width">The width in columns.</param>
internal sealed class SizedOutput(TextWriter writer, int width) : IAnsiConsoleOutput
{
    public TextWriter Writer => writer;

    public bool IsTerminal => false;

    public int Width => width;

    public int Height => int.MaxValue;

    public void SetEncoding(Encoding encoding)
    {
    }
}
