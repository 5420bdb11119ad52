using System.Text;
using Spectre.Console;

namespace Jobtree.Cli.Output;

/// <summary>Tells Spectre how wide to write, whatever it would find out by itself.</summary>
/// <param name="writer">Where to write.</param>
/// <param name="width">The columns it has.</param>
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
