using System.Globalization;

namespace Jobtree.Actors.Operations;

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
