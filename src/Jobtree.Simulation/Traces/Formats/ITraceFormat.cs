namespace Jobtree.Simulation.Traces.Formats;

/// <summary>The format of a trace: how a line is split, and how its fields become a job.</summary>
internal interface ITraceFormat
{
    /// <summary>The name, as an option gives it.</summary>
    string Name { get; }

    /// <summary>
    /// The columns. With a header: those that are needed of it, in any order among others. Without: all, in order.
    /// </summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>Whether the first line names the columns.</summary>
    bool HasHeader { get; }

    /// <summary>Splits a line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="fields">Receives the fields; its previous content is cleared.</param>
    /// <returns>The error in the line, or null.</returns>
    string? Split(string line, List<string> fields);

    /// <summary>Reads a row.</summary>
    /// <param name="row">The row.</param>
    /// <returns>The job, or null if the row was left out.</returns>
    /// <exception cref="TraceFormatException">A field is not valid.</exception>
    TraceJob? Read(TraceRow row);
}
