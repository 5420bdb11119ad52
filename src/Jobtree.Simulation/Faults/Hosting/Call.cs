using Jobtree.Actors.Ports;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>A message to an actor that awaits an answer.</summary>
/// <param name="from">The silo of the caller.</param>
/// <param name="to">The actor.</param>
/// <param name="name">The method.</param>
internal abstract class Call(Silo from, ActorKey to, string name)
{
    /// <summary>The silo of the caller.</summary>
    public Silo From { get; } = from;

    /// <summary>The actor.</summary>
    public ActorKey To { get; } = to;

    /// <summary>The method.</summary>
    public string Name { get; } = name;

    /// <summary>The number of this call among those to the actor.</summary>
    public ulong Number { get; set; }

    /// <summary>Whether a second message with the same content is harmless by the actors' own rules.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>When the caller gives up; what arrives later is dropped.</summary>
    public long Expires { get; set; }

    /// <summary>Runs it in a turn of an activation, and answers.</summary>
    public abstract Task Invoke(Host host);

    /// <summary>Answers with a failure.</summary>
    public abstract void Fail(Host host, Exception failure);

    /// <summary>The caller gives up.</summary>
    public abstract void Expire();
}

/// <summary>A message with an answer of some type.</summary>
/// <typeparam name="T">The answer's type.</typeparam>
/// <param name="network">Carries the answer.</param>
/// <param name="from">The silo of the caller.</param>
/// <param name="to">The actor.</param>
/// <param name="name">The method.</param>
/// <param name="invoke">Calls the method.</param>
internal sealed class Call<T>(
    Network network, Silo from, ActorKey to, string name, Func<Host, ValueTask<T>> invoke) : Call(from, to, name)
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The answer.</summary>
    public ValueTask<T> Answer => new(answer.Task);

    /// <inheritdoc/>
    public override async Task Invoke(Host host)
    {
        try
        {
            var value = await invoke(host);
            network.Reply(this, () => answer.TrySetResult(value));
        }
        catch (Exception failure)
        {
            Fail(host, failure);
        }
    }

    /// <inheritdoc/>
    public override void Fail(Host host, Exception failure)
    {
        var told = network.Judge(host, failure);
        network.Reply(this, () => answer.TrySetException(told));
    }

    /// <inheritdoc/>
    public override void Expire()
    {
        if (!answer.Task.IsCompleted)
            answer.TrySetException(new TimeoutException($"{To} did not answer {Name} in time."));
    }
}
