using Jobtree.Core.Model;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>A run as the client that submitted it remembers it.</summary>
internal sealed class SubmittedRun(RunKey key, string flavor, string body)
{
    private volatile Standing standing;
    private volatile bool isHeld;
    private volatile bool hasLost;
    private int isEnding;
    private int isHolding;
    private int shrinks;
    private volatile int attempt = 1;

    public RunKey Key => key;

    public string Flavor => flavor;

    /// <summary>Whether it runs for many seconds.</summary>
    public bool IsLong { get; init; }

    /// <summary>The most GPUs that it may have, if its width may change.</summary>
    public int? GpusMax { get; init; }

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

    /// <summary>Whether a hold on it was acknowledged, and its release was not asked for since.</summary>
    public bool IsHeld
    {
        get => isHeld;
        set => isHeld = value;
    }

    /// <summary>Whether the store has lost something of it: commands that were acknowledged may be undone.</summary>
    public bool HasLost => hasLost;

    /// <summary>The store has lost something of it: what its client knows is what is left.</summary>
    /// <param name="isHeldStill">Whether it is held according to that.</param>
    public void Lose(bool isHeldStill)
    {
        (hasLost, isHeld) = (true, isHeldStill);
        Interlocked.Exchange(ref shrinks, 0);
    }

    /// <summary>How many commands to shrink it were acknowledged.</summary>
    public int Shrinks => Volatile.Read(ref shrinks);

    /// <summary>A command to shrink it was acknowledged.</summary>
    public void Shrank() => Interlocked.Increment(ref shrinks);

    /// <summary>Takes it upon oneself to hold it and to let it go on; false: somebody does already.</summary>
    public bool TryHold() => Interlocked.CompareExchange(ref isHolding, 1, 0) == 0;

    /// <summary>It is not held any more, and may be held again.</summary>
    public void LetGo() => Volatile.Write(ref isHolding, 0);

    /// <summary>Takes it upon oneself to end it; false: somebody does already.</summary>
    public bool TryEnd() => Interlocked.CompareExchange(ref isEnding, 1, 0) == 0;

    /// <summary>It could not be ended, and may be tried again.</summary>
    public void GiveBack() => Volatile.Write(ref isEnding, 0);
}
