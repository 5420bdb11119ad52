namespace Jobtree.Core.Model;

/// <summary>What a following run does when an upstream fails or is gone.</summary>
public enum UpstreamFailure
{
    /// <summary>Wait for the grace, then fail.</summary>
    Wait,

    /// <summary>Fail at once.</summary>
    Fail,
}
