namespace Jobtree.Silo.Logging;

/// <summary>Who asked for a command, told from its id: the API puts the token's name before it.</summary>
/// <param name="hasTokens">Whether the API asks for tokens.</param>
internal sealed class Askers(bool hasTokens)
{
    /// <summary>The executor of this host, which reports ends by itself.</summary>
    public const string Executor = "the executor";

    private const string Anyone = "this machine";
    private const string Cluster = "a client of the cluster";

    /// <summary>Who asked.</summary>
    /// <param name="operation">The command's id, as the fleet has it.</param>
    public string Of(string operation)
    {
        if (!hasTokens)
            return Anyone;
        var slash = operation.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? operation[..slash] : Cluster;
    }
}
