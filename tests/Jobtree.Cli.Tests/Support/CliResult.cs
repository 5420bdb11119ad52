namespace Jobtree.Cli.Tests.Support;

/// <summary>What a command line came to.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error);
