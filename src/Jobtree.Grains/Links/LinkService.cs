using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Jobtree.Grains.Links;

/// <summary>Answers whoever asks.</summary>
[Reentrant]
internal sealed class LinkService(GrainId id, Silo silo, ILoggerFactory loggers)
    : GrainService(id, silo, loggers), ILinkService
{
    public Task Answer() => Task.CompletedTask;
}
