using Jobtree.Actors.Operations;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>A command of a client, with its fate as the client knows it.</summary>
/// <param name="operation">Its id, the same for every try.</param>
/// <param name="words">What it is, for the story.</param>
/// <param name="send">Sends it; null: it succeeded, else why not.</param>
internal sealed class Command(string operation, string words, Func<IOperations, string, Task<Problem?>> send)
{
    /// <summary>Its id.</summary>
    public string Operation { get; } = operation;

    /// <summary>What it is.</summary>
    public string Words { get; } = words;

    /// <summary>The run that it submits; absent: it submits none.</summary>
    public RunKey? Submits { get; init; }

    /// <summary>The run that it ends; absent: it ends none.</summary>
    public RunKey? Ends { get; init; }

    /// <summary>The run that it holds; absent: it holds none.</summary>
    public RunKey? Holds { get; init; }

    /// <summary>The run that it releases; absent: it releases none.</summary>
    public RunKey? Releases { get; init; }

    /// <summary>How many times it was sent.</summary>
    public int Tries { get; set; }

    /// <summary>When it was first sent, in ticks.</summary>
    public long FirstSent { get; set; }

    /// <summary>When it was last sent, in ticks.</summary>
    public long LastSent { get; set; }

    /// <summary>When it was acknowledged as done, in ticks; null: it was not.</summary>
    public long? Acknowledged { get; set; }

    /// <summary>Whether the client knows its fate.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Sends it once.</summary>
    public Task<Problem?> Send(IOperations operations) => send(operations, Operation);
}
