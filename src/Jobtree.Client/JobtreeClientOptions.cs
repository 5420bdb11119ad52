using Jobtree.Actors.Operations;

namespace Jobtree.Client;

/// <summary>How a client retries while a fleet is unavailable.</summary>
public sealed record JobtreeClientOptions
{
    /// <summary>
    /// How long a command or query is retried while its outcome is unknown, always with the same operation id.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The pause before the first retry; each further pause is twice as long, up to <see cref="PauseMax"/>.
    /// </summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Where the client sends its spans if the program exports no traces itself: a collector's address such as
    /// <c>http://127.0.0.1:4318/v1/traces</c>, or <c>console</c> for standard error. Absent: what the standard
    /// variables <c>OTEL_…</c> name, if anything.
    /// </summary>
    public string? TraceEndpoint { get; init; }

    /// <summary>
    /// Who the ledger says asked for what this client does; by default the user that the program runs as.
    /// </summary>
    public string User { get; init; } = Environment.UserName;

    /// <summary>
    /// Gives the client's token, before each call: one of the silos' token file, or of their issuer. Absent: the silos
    /// ask for none. It is sent with calls to the fleet only, and never logged.
    /// </summary>
    public Func<ValueTask<string?>>? Token { get; init; }

    /// <summary>How often a reader that follows a ledger looks for further entries.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock for pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>The fleet refused a command or could not be reached.</summary>
/// <param name="problem">The fleet's answer.</param>
/// <param name="operation">The id of the command, if it had one.</param>
public sealed class JobtreeException(Problem problem, string? operation) : Exception(problem.Detail)
{
    /// <summary>The fleet's answer: a stable code, a sentence and the individual findings.</summary>
    public Problem Problem { get; } = problem;

    /// <summary>
    /// The stable code. <see cref="ProblemCode.Unavailable"/> means that the outcome of the command is unknown; repeat
    /// it with the same <see cref="Operation"/>.
    /// </summary>
    public ProblemCode Code => Problem.Code;

    /// <summary>The command's id: a command repeated with it takes effect once. Null for a query.</summary>
    public string? Operation { get; } = operation;
}
