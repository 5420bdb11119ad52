using System.Diagnostics;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>How a program ended.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Errors">What it complained about.</param>
internal sealed record ToolResult(int Code, string Output, string Errors)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program at the root of the repository, to its end.</summary>
    public static async Task<ToolResult> Of(string program, IEnumerable<string> arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Sources.Root,
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} still runs after {Patience.TotalSeconds:0} s.");
        }

        return new ToolResult(process.ExitCode, await output, await errors);
    }

    /// <summary>What it printed; it must have succeeded.</summary>
    public string Succeeded()
    {
        Assert.True(Code == 0, $"Ended with {Code}: {Output}{Errors}");
        return Output;
    }
}
