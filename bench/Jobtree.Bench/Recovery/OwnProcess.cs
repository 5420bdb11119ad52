using System.Diagnostics;
using System.Globalization;

namespace Jobtree.Bench.Recovery;

/// <summary>A measurement in a process that has done nothing else, which prints its figures as one line.</summary>
internal static class OwnProcess
{
    /// <summary>Runs a hidden command of the bench.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<double[]> Figures(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "jobtree-bench.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)
            ?? throw new InvalidOperationException("The bench's child process did not start.");
        var line = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? [.. line.Split(' ').Select(figure => double.Parse(figure, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"The bench's child process failed: {line}");
    }

    /// <summary>Prints the figures of this process.</summary>
    public static Task Tell(params double[] figures) => Console.Out.WriteLineAsync(
        string.Join(' ', figures.Select(figure => figure.ToString(CultureInfo.InvariantCulture))));
}
