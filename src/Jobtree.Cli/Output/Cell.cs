using Jobtree.Core.Model;

namespace Jobtree.Cli.Output;

/// <summary>One cell of a table.</summary>
/// <param name="Text">Its text; made safe to show when it is written.</param>
/// <param name="Tone">Its tone.</param>
internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain)
{
    /// <summary>A cell of plain text; a dash if there is none.</summary>
    public static implicit operator Cell(string? text) => new(string.IsNullOrEmpty(text) ? "-" : text);

    /// <summary>A cell of a whole number.</summary>
    public static implicit operator Cell(long number) => new(Humanize.Count(number));

    /// <summary>A cell of an amount.</summary>
    public static implicit operator Cell(double amount) => new(Humanize.Amount(amount));

    /// <summary>A phase in its tone.</summary>
    public static implicit operator Cell(RunPhase phase) => new(phase.ToString(), ToneOf(phase));

    /// <summary>A node's state in its tone.</summary>
    public static implicit operator Cell(NodeState state) => new(state.ToString(), state switch
    {
        NodeState.Ready => Tone.Good,
        NodeState.Cordoned or NodeState.Draining => Tone.Notable,
        _ => Tone.Bad,
    });

    /// <summary>A funding class in its tone.</summary>
    public static implicit operator Cell(FundingClass fundingClass) => new(
        LowerCase(fundingClass), fundingClass == FundingClass.Unfunded ? Tone.Notable : Tone.Plain);

    /// <summary>The tone of a phase.</summary>
    public static Tone ToneOf(RunPhase phase) => phase switch
    {
        RunPhase.Running => Tone.Good,
        RunPhase.Failed => Tone.Bad,
        RunPhase.Completed => Tone.Faint,
        _ => Tone.Notable,
    };

    /// <summary>A funding class as written in documents.</summary>
    public static string LowerCase(FundingClass fundingClass) => fundingClass switch
    {
        FundingClass.Owned => "owned",
        FundingClass.Shared => "shared",
        FundingClass.Borrowed => "borrowed",
        _ => "unfunded",
    };
}
