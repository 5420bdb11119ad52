using System.Globalization;

namespace Jobtree.Actors.Operations;

/// <summary>What became of one document or command.</summary>
/// <param name="Kind">The manifest's kind.</param>
/// <param name="Name">The name; for a run <c>namespace/name</c>.</param>
/// <param name="Outcome">For a run <c>bound</c>, <c>reserved</c>, <c>waiting</c> or <c>unchanged</c>; otherwise
/// <c>created</c>, <c>changed</c>, <c>unchanged</c> or <c>deleted</c>.</param>
/// <param name="Message">A sentence for people, or none.</param>
public sealed record Applied(string Kind, string Name, string Outcome, string? Message = null);

/// <summary>The command by which manifests are applied.</summary>
/// <param name="Operation">Its id.</param>
/// <param name="TraceParent">Its W3C trace context, if it has one.</param>
/// <param name="Again">Whether runs that have ended are to run again.</param>
internal sealed record ApplyCommand(string Operation, string? TraceParent, bool Again)
{
    /// <summary>The id of the command as far as one document goes.</summary>
    /// <param name="index">Which document.</param>
    /// <param name="count">How many there are.</param>
    public string OperationOf(int index, int count) =>
        count == 1 ? Operation : $"{Operation}/{index.ToString(CultureInfo.InvariantCulture)}";
}
