namespace Jobtree.Cli;

/// <summary>The standard streams of the process and what they are connected to.</summary>
/// <param name="Input">Standard input, as bytes: manifests are read from it.</param>
/// <param name="Out">Standard output: data only.</param>
/// <param name="RawOut">Standard output as bytes, for logs that are passed through.</param>
/// <param name="Error">Standard error: notices, progress and problems.</param>
/// <param name="Width">The terminal width of standard output, in columns; absent: redirected.</param>
internal sealed record Terminal(Stream Input, TextWriter Out, Stream RawOut, TextWriter Error, int? Width)
{
    private const int WidthMin = 20;

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess() => new(
        Console.OpenStandardInput(),
        Console.Out,
        Console.OpenStandardOutput(),
        Console.Error,
        Console.IsOutputRedirected ? null : Math.Max(WidthMin, Console.WindowWidth));
}
