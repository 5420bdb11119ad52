using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Silo.Histories;
using Jobtree.Silo.Tests.Hosting;
using Microsoft.Data.Sqlite;
using static Jobtree.Silo.Tests.Histories.EndedRecords;

namespace Jobtree.Silo.Tests.Histories;

public sealed class SqliteHistoryTests : HistoryContract, IDisposable
{
    private const int Kills = 3;
    private const int BatchesBeforeKill = 150;
    private readonly TestFolder folder = new();

    private string Path => folder.Of("history.db");

    public void Dispose() => folder.Dispose();

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_its_owner_may_read_it()
    {
        await using var history = await Open();
        await history.Write([Run("a")], default);
        var files = Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!);
        Assert.Contains($"{Path}-wal", files);
        foreach (var file in files)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Killed_while_it_is_written_it_has_all_that_was_acknowledged_and_nothing_twice()
    {
        var (acknowledged, batches) = (new HashSet<int>(), 0);
        for (var kill = 1; kill <= Kills; kill++)
        {
            // It begins with what the one before has written.
            using var writer = HistoryWriter.Start(Path);
            acknowledged.UnionWith(await ReadUntilKilled(writer, kill * BatchesBeforeKill));
            await using var history = await Open();
            var listed = (await All(history, new HistoryQuery { Limit = RunQuery.LimitMax }))
                .Select(run => run.Key.Name).ToArray();
            Assert.Equal(listed.Length, listed.Distinct().Count());
            Assert.Superset(acknowledged.SelectMany(HistoryWriter.Names).ToHashSet(), listed.ToHashSet());
            // A batch is there as a whole or not at all.
            Assert.Equal(0, listed.Length % HistoryWriter.BatchRuns);
            batches = listed.Length / HistoryWriter.BatchRuns;
            Assert.True(await history.Contains(Key(HistoryWriter.Names(acknowledged.Max()).First()), default));
        }
        Assert.InRange(acknowledged.Count, Kills * BatchesBeforeKill, batches);
    }

    [Fact]
    public async Task A_file_of_a_later_version_and_a_file_that_is_no_database_are_refused()
    {
        await (await Open()).DisposeAsync();
        using (var connection = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 2";
            command.ExecuteNonQuery();
        }
        var refusal = await Assert.ThrowsAsync<IOException>(Open);
        Assert.Equal($"The history {Path} is of version 2; this program reads version 1.", refusal.Message);

        var other = folder.Of("other.db");
        await File.WriteAllTextAsync(other, string.Join('\n', Enumerable.Repeat("This is no database.", 1_000)));
        Assert.Contains("cannot be used", Assert.Throws<IOException>(() => SqliteHistory.Open(other)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_is_read_in_order_from_an_index_and_not_sorted_out_of_the_whole_table()
    {
        await (await Open()).DisposeAsync();
        HistoryQuery[] queries = [new(), new() { Owner = "org:ai" }, new() { VisibleOwners = ["org:ai", "lab"] },
            new() { Namespace = "default" }, new() { From = Began, To = Began }, new() { Phase = RunPhase.Failed }];
        foreach (var query in queries.SelectMany(query => new[] { query, query with { Continue = "5,a/b,5" } }))
        {
            var plan = Plan(HistorySql.Of(query, 101));
            Assert.Equal(2, plan.Count);
            Assert.StartsWith("SEARCH ended_run USING INDEX ended_run_by_", plan[0], StringComparison.Ordinal);
            Assert.StartsWith("USE TEMP B-TREE FOR LAST ", plan[1], StringComparison.Ordinal);
        }
    }

    private protected override Task<SqlHistory> Open() => Task.FromResult<SqlHistory>(SqliteHistory.Open(Path));

    private List<string> Plan((string Text, IReadOnlyList<(string Name, object Value)> Values) statement)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN {statement.Text}";
        foreach (var (name, value) in statement.Values)
            command.Parameters.AddWithValue(name, value);
        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read())
            plan.Add(reader.GetString(3));
        return plan;
    }

    /// <summary>The batches that a process says it has written, also those that it said in its last moments.</summary>
    private static async Task<IReadOnlyList<int>> ReadUntilKilled(Process writer, int count)
    {
        var batches = new List<int>();
        while (await writer.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line may be cut off.
            if (int.TryParse(line, CultureInfo.InvariantCulture, out var batch))
                batches.Add(batch);
            if (batches.Count == count)
                writer.Kill();
        }
        await writer.WaitForExitAsync();
        return batches;
    }
}
