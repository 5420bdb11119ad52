using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Api.Contract;

/// <summary>The state that a node is to have. Who asks for it is the caller.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why, in one line of at most <see cref="ReasonLengthMax"/> characters.</param>
public sealed record NodeStateRequest([property: JsonRequired] NodeState State, string? Reason = null)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int ReasonLengthMax = 1024;
}
