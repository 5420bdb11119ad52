using Jobtree.Core.Model;

namespace Jobtree.Actors.WhatIf;

/// <summary>
/// What changes would do: two futures of the same copy compared, one without the changes and one with them. Nothing was
/// changed in the fleet. Every list is limited to <see cref="RowsMax"/> rows.
/// </summary>
/// <param name="At">The instant of the copy, at which the changes are made.</param>
/// <param name="Until">How far both futures were played; what would happen later is not known.</param>
/// <param name="Documents">The outcome of each change, in the order of the question.</param>
/// <param name="Runs">The runs asked about, and those whose state, funding, start or end differs.</param>
/// <param name="Cuts">Work that would be cut, and would not be cut without the changes.</param>
/// <param name="Promises">Reservations that would be made, moved or lost at once.</param>
/// <param name="Owners">Owners whose GPUs would change their class at once.</param>
/// <param name="LeftOut">How many rows the lists leave out, because they are too long.</param>
/// <param name="Notes">What limits the answer, in sentences; empty if nothing does.</param>
public sealed record WhatIfReport(
    DateTimeOffset At,
    DateTimeOffset Until,
    IReadOnlyList<WhatIfDocument> Documents,
    IReadOnlyList<WhatIfRun> Runs,
    IReadOnlyList<WhatIfCut> Cuts,
    IReadOnlyList<WhatIfPromise> Promises,
    IReadOnlyList<WhatIfOwner> Owners,
    int LeftOut,
    IReadOnlyList<string> Notes)
{
    /// <summary>The most rows of one list.</summary>
    public const int RowsMax = 1_000;
}

/// <summary>The outcome of one change.</summary>
/// <param name="Kind">The manifest's kind.</param>
/// <param name="Name">The name; for a run, <c>namespace/name</c>.</param>
/// <param name="Outcome">The outcome, as a command would report it.</param>
/// <param name="Message">A sentence for people; null if none.</param>
/// <param name="Diff">For a document, the difference from the present manifest as lines of a unified diff; absent if
/// there is none.</param>
public sealed record WhatIfDocument(
    string Kind, string Name, string Outcome, string? Message, IReadOnlyList<string>? Diff);

/// <summary>A run in both futures.</summary>
/// <param name="Run">The run.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="Gpus">GPUs that it asks for.</param>
/// <param name="IsAsked">Whether the question is about it.</param>
/// <param name="Without">Without the changes; absent if it would not exist.</param>
/// <param name="With">With the changes; absent if it would not exist.</param>
public sealed record WhatIfRun(
    RunKey Run, string Owner, int Gpus, bool IsAsked, WhatIfOutlook? Without, WhatIfOutlook? With);

/// <summary>A run in one future.</summary>
/// <param name="Phase">Its phase at the instant of the copy, after everything that follows at once.</param>
/// <param name="Gpus">The GPUs it then holds, by class.</param>
/// <param name="Start">When it starts, or started; absent: not before the end of the future.</param>
/// <param name="End">When it ends, going by its expected duration; absent: not before the end of the future.</param>
public sealed record WhatIfOutlook(RunPhase Phase, ClassSplit Gpus, DateTimeOffset? Start, DateTimeOffset? End);

/// <summary>Work that would be cut.</summary>
/// <param name="Run">The run.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="At">When.</param>
/// <param name="Rule">The rule by which its leases end.</param>
/// <param name="For">The run that gets the GPUs; absent if none does.</param>
/// <param name="Gpus">GPUs that it loses.</param>
/// <param name="GoesOn">Whether the run goes on with what is left; otherwise it waits again or has failed.</param>
public sealed record WhatIfCut(
    RunKey Run, string Owner, DateTimeOffset At, LeaseEndReason Rule, RunKey? For, int Gpus, bool GoesOn);

/// <summary>A reservation whose promised start would change.</summary>
/// <param name="Run">The run.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="From">The start promised without the changes; absent: none.</param>
/// <param name="To">The start promised with them; absent: none, see the run's phase.</param>
public sealed record WhatIfPromise(RunKey Run, string Owner, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>The GPUs of an owner's runs by class.</summary>
/// <param name="Owner">The owner.</param>
/// <param name="Without">Without the changes.</param>
/// <param name="With">With the changes.</param>
public sealed record WhatIfOwner(string Owner, ClassSplit Without, ClassSplit With);
