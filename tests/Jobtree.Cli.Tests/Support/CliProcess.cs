using System.Diagnostics;
using System.Reflection;

namespace Jobtree.Cli.Tests.Support;

/// <summary>Runs the program itself, as a shell starts it.</summary>
internal static class CliProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string Program = Path.Combine(
        typeof(CliProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(
            metadata => metadata.Key == "ProgramFolder").Value!, "kubectl-runs");

    public static Task<CliResult> Run(params string[] arguments) => Run(new Dictionary<string, string>(), arguments);

    public static async Task<CliResult> Run(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new TimeoutException(
                $"kubectl-runs {string.Join(' ', arguments)} still runs after {Patience.TotalSeconds:0} s; " +
                $"it said: {await error}");
        }
        return new CliResult(process.ExitCode, await output, await error);
    }
}
