namespace Jobtree.Api.Access;

/// <summary>One token of a token file; the token itself is not kept anywhere.</summary>
/// <param name="Name">What it is called in messages and logs.</param>
/// <param name="Role">What it lets its bearer do.</param>
/// <param name="Owners">The owners it acts for, with those below them; <c>*</c> is all.</param>
/// <param name="Sha256">The SHA-256 of the token's ASCII bytes, in lower-case hexadecimal.</param>
public sealed record TokenEntry(string Name, Role Role, IReadOnlyList<string> Owners, string Sha256);
