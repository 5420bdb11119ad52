using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Jobtree.Silo.Histories;
using static Jobtree.Silo.Tests.Histories.EndedRecords;

namespace Jobtree.Silo.Tests.Histories;

/// <summary>
/// A process that writes a history on disk until it is killed, and says of each batch that it is written. It is this
/// program, with a variable that names the file.
/// </summary>
internal static class HistoryWriter
{
    public const int BatchRuns = 20;
    private const string Variable = "JOBTREE_TEST_HISTORY_WRITER";
    private const int WritesAtOnce = 4;

    /// <summary>Starts one.</summary>
    /// <param name="path">The database.</param>
    public static Process Start(string path) => Process.Start(
        new ProcessStartInfo("dotnet", ["exec", typeof(HistoryWriter).Assembly.Location])
        {
            RedirectStandardOutput = true, Environment = { [Variable] = path },
        })!;

    /// <summary>The runs of a batch.</summary>
    public static IEnumerable<string> Names(int batch) =>
        Enumerable.Range(0, BatchRuns).Select(i => $"run-{Number(batch)}-{Number(i)}");

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path)
            Write(path);
    }

    /// <summary>No other thread may run code of this module before its initializer has returned, and it never does.
    /// </summary>
    private static void Write(string path)
    {
        var history = SqliteHistory.Open(path);
        for (var batch = 0; ; batch += WritesAtOnce)
        {
            var writes = new Task[WritesAtOnce];
            for (var i = 0; i < writes.Length; i++)
                writes[i] = history.Write([.. Names(batch + i).Select(name => Run(name, batch))], default);
            for (var i = 0; i < writes.Length; i++)
            {
                writes[i].GetAwaiter().GetResult();
                Console.WriteLine((batch + i).ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
