using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Http;

/// <summary>The bearer token of a connection.</summary>
/// <param name="Source">Where it comes from, for the user to read; absent: there is none.</param>
/// <param name="Find">Finds the token to send now.</param>
internal sealed record Credential(string? Source, Func<CancellationToken, ValueTask<Result<string?>>> Find)
{
    /// <summary>The source of tokens that <c>login</c> got.</summary>
    public const string SignedIn = "kubectl-runs login";

    /// <summary>No token.</summary>
    public static Credential None { get; } = new(null, static _ => new(default(Result<string?>)));

    /// <summary>What helps when the server does not accept the caller; absent: nothing that is known here.</summary>
    public string? Remedy => Source switch
    {
        SignedIn => "The sign-in has ended, or is not accepted any more. Sign in again: kubectl-runs login.",
        null => "Sign in: kubectl-runs login, or give a token in JOBTREE_TOKEN or by --token-file.",
        _ => null,
    };

    /// <summary>A token that stays the same.</summary>
    public static Credential Of(string token, string source) => new(source, _ => new((Result<string?>)token));
}
