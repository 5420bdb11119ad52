namespace Jobtree.Cli.Output;

/// <summary>The result of a command, printed once the command has finished.</summary>
/// <param name="Text">Prints the result for people.</param>
/// <param name="Data">The same result for programs.</param>
/// <param name="ExitCode">The exit code of the process.</param>
internal sealed record Report(Action<Screen> Text, IReportData Data, int ExitCode = Cli.ExitCode.Done)
{
    /// <summary>Prints the result.</summary>
    /// <param name="terminal">The destination. Data is made safe to show on a terminal; in a file or pipe it is
    /// unchanged.</param>
    /// <param name="format">The output format.</param>
    /// <param name="screen">Prints for people.</param>
    public void Write(Terminal terminal, OutputFormat format, Screen screen)
    {
        if (format == OutputFormat.Table)
        {
            Text(screen);
            return;
        }
        var text = format == OutputFormat.Json ? $"{Data.Json()}\n" : Data.Yaml();
        terminal.Out.Write(terminal.Width is null ? text : PlainText.Lines(text));
    }
}

/// <summary>A result for programs.</summary>
internal interface IReportData
{
    /// <summary>The result as indented JSON, without a line break at its end.</summary>
    string Json();

    /// <summary>The result as YAML, ending in a line break.</summary>
    string Yaml();
}
