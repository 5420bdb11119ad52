namespace Jobtree.Cli.Output;

/// <summary>What a command found or did, to be printed once everything is done.</summary>
/// <param name="Text">Prints it for people.</param>
/// <param name="Data">The same for programs.</param>
/// <param name="ExitCode">What the process returns.</param>
internal sealed record Report(Action<Screen> Text, IReportData Data, int ExitCode = Cli.ExitCode.Done)
{
    /// <summary>Prints it.</summary>
    /// <param name="terminal">Where to. On a terminal data is made safe to show; in a file or pipe it stays as it
    /// is.</param>
    /// <param name="format">How.</param>
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
