using System.Globalization;

namespace Jobtree.Actors.Operations;

/// <summary>The outcome of one document or command.</summary>
/// <param name="Kind">The manifest's kind.</param>
/// <param name="Name">The name; for a run, <c>namespace/name</c>.</param>
/// <param name="Outcome">For a run, <c>bound</c>, <c>reserved</c>, <c>waiting</c> or <c>unchanged</c>; otherwise
/// <c>created</c>, <c>changed</c>, <c>unchanged</c> or <c>deleted</c>.</param>
/// <param name="Message">A sentence for people; null if none.</param>
public sealed record Applied(string Kind, string Name, string Outcome, string? Message = null);

/// <summary>The command that applies manifests.</summary>
/// <param name="Operation">The command's id.</param>
/// <param name="TraceParent">The command's W3C trace context, if any.</param>
/// <param name="Again">Whether runs that have ended run again.</param>
/// <param name="By">Who gave the command; absent if nobody said so.</param>
/// <param name="Timer">Times its runs, if anybody wants to know.</param>
/// <param name="IsBounded">Whether grants bind who gave it.</param>
internal sealed record ApplyCommand(string Operation, string? TraceParent, bool Again, string? By = null,
    SubmissionTimer? Timer = null, bool IsBounded = false)
{
    /// <summary>The command's id for one of its documents.</summary>
    /// <param name="index">The document's index.</param>
    /// <param name="count">The number of documents.</param>
    public string OperationOf(int index, int count) =>
        count == 1 ? Operation : $"{Operation}/{index.ToString(CultureInfo.InvariantCulture)}";
}
