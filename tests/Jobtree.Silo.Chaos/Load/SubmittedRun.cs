using Jobtree.Core.Model;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>A run as the client that submitted it remembers it.</summary>
internal sealed class SubmittedRun(RunKey key, string flavor, string body)
{
    private volatile Standing standing;
    private int isEnding;
    private volatile int attempt = 1;

    public RunKey Key => key;

    public string Flavor => flavor;

    /// <summary>Its manifest, as it was sent.</summary>
    public string Body => body;

    /// <summary>The id of its submission, the same however often it is sent.</summary>
    public string Operation { get; } = $"submit-{key.Namespace}-{key.Name}";

    public Standing Standing
    {
        get => standing;
        set => standing = value;
    }

    /// <summary>The last start of it that was seen: a report of its end names that.</summary>
    public int Attempt
    {
        get => attempt;
        set => attempt = value;
    }

    /// <summary>Takes it upon oneself to end it; false: somebody does already.</summary>
    public bool TryEnd() => Interlocked.CompareExchange(ref isEnding, 1, 0) == 0;

    /// <summary>It could not be ended, and may be tried again.</summary>
    public void GiveBack() => Volatile.Write(ref isEnding, 0);
}
