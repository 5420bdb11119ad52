using Orleans.Services;

namespace Jobtree.Grains.Links;

/// <summary>Answers, so that others see that they reach this silo; each silo has one.</summary>
[Alias("jobtree.link")]
public interface ILinkService : IGrainService
{
    /// <summary>Answers.</summary>
    [Alias("answer")]
    Task Answer();
}
