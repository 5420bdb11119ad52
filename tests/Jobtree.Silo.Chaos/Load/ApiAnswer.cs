using System.Net;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>An answer of the API.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
/// <param name="Began">When the request that it answers was sent, a timestamp.</param>
/// <param name="Tries">How many requests it took.</param>
internal readonly record struct ApiAnswer(HttpStatusCode Status, string Body, long Began, int Tries)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public override string ToString() => $"{(int)Status} {(Body.Length > 300 ? Body[..300] : Body)}";
}
