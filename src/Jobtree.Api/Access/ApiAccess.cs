namespace Jobtree.Api.Access;

/// <summary>Who may use the API.</summary>
/// <param name="Tokens">The tokens accepted; null: none are asked for.</param>
internal sealed record ApiAccess(TokenSet? Tokens);
