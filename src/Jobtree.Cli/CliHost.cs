using Jobtree.Cli.State;

namespace Jobtree.Cli;

/// <summary>The external dependencies of the commands, which tests replace.</summary>
/// <param name="Terminal">The streams.</param>
/// <param name="Environment">Reads an environment variable.</param>
/// <param name="Time">The clock and the local time zone.</param>
/// <param name="Fleets">Creates the in-memory fleet of a state file.</param>
internal sealed record CliHost(
    Terminal Terminal, Func<string, string?> Environment, TimeProvider Time, StateFleetFactory Fleets);
