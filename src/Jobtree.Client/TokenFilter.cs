using Jobtree.Grains.Contracts;
using Orleans;
using Orleans.Runtime;

namespace Jobtree.Client;

/// <summary>Sends the token with calls to the fleet, and with no other calls of the program.</summary>
/// <param name="token">Gives the token.</param>
internal sealed class TokenFilter(Func<ValueTask<string?>> token) : IOutgoingGrainCallFilter
{
    private static readonly GrainType Fleet = GrainType.Create(IOperationsGrain.GrainType);

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        // Also calls by which a stream is read: they go to the same grain.
        if (context.TargetId.Type == Fleet && await token() is { } text)
            RequestContext.Set(IOperationsGrain.TokenKey, text);
        await context.Invoke();
    }
}
