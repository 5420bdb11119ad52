namespace Jobtree.Cli.Output;

/// <summary>What a command found or did, to be printed once everything is done.</summary>
/// <param name="Text">Prints it for people.</param>
/// <param name="Data">The same for programs.</param>
/// <param name="ExitCode">What the process returns.</param>
internal sealed record Report(Action<Screen> Text, IReportData Data, int ExitCode = Cli.ExitCode.Done)
{
    /// <summary>Prints it.</summary>
    public void Write(TextWriter writer, OutputFormat format, Screen screen)
    {
        switch (format)
        {
            case OutputFormat.Json:
                writer.WriteLine(Data.Json());
                break;
            case OutputFormat.Yaml:
                writer.Write(Data.Yaml());
                break;
            default:
                Text(screen);
                break;
        }
    }
}
