using Jobtree.Silo.Histories;
using Jobtree.Silo.Tests.Journals;
using Npgsql;
using static Jobtree.Silo.Tests.Histories.EndedRecords;

namespace Jobtree.Silo.Tests.Histories;

public sealed class PostgresHistoryTests(PostgresFixture postgres) : HistoryContract, IClassFixture<PostgresFixture>
{
    private string? place;

    [Fact]
    public async Task Silos_that_start_at_once_make_the_tables_once()
    {
        place = await postgres.NewSchema();
        var silos = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Open()));
        await Task.WhenAll(silos.Select((silo, i) => silo.Write([Run($"r{i}")], default)));
        await AssertHas(silos[3], Enumerable.Range(0, 8).Select(i => Run($"r{i}")));
        foreach (var silo in silos)
            await silo.DisposeAsync();
    }

    [Theory]
    [InlineData("version = 2", "The history in PostgreSQL is of version 2; this program reads version 1.")]
    [InlineData("service = 'other'", "that of the service other, and this silo is of the service test.")]
    public async Task Tables_of_a_later_version_or_of_another_cluster_are_refused(string change, string reason)
    {
        await (await Open()).DisposeAsync();
        await Do($"UPDATE ended_run_schema SET {change}");
        var refusal = await Assert.ThrowsAsync<IOException>(Open);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Null(refusal.InnerException);
    }

    [Fact]
    public async Task A_user_that_may_only_read_insert_and_update_is_enough_once_the_tables_are_there()
    {
        await (await Open()).DisposeAsync();
        var server = await postgres.Server();
        var schema = new NpgsqlConnectionStringBuilder(place).SearchPath;
        // As docs/silo.md has it.
        await Do($"""
            CREATE ROLE silo_{schema} LOGIN PASSWORD 'x';
            GRANT USAGE ON SCHEMA {schema} TO silo_{schema};
            GRANT SELECT, INSERT, UPDATE ON ended_run TO silo_{schema};
            GRANT SELECT ON ended_run_schema TO silo_{schema};
            """);
        place = new NpgsqlConnectionStringBuilder(server.Of($"silo_{schema}", "x")) { SearchPath = schema }
            .ConnectionString;
        await using var history = await Open();
        await history.Write([Run("a")], default);
        await history.Write([Run("a") with { Version = 8 }, Run("b")], default);
        await AssertHas(history, [Run("a") with { Version = 8 }, Run("b")]);
    }

    [Fact]
    public async Task A_user_that_may_not_make_the_tables_is_told_what_it_needs()
    {
        var schema = new NpgsqlConnectionStringBuilder(await postgres.NewSchema()).SearchPath;
        var server = await postgres.Server();
        await server.Do($"CREATE ROLE nobody_{schema} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA {schema} "
            + $"TO nobody_{schema}");
        place = new NpgsqlConnectionStringBuilder(server.Of($"nobody_{schema}", "x")) { SearchPath = schema }
            .ConnectionString;
        await using var history = await Open();
        var refusal = await Assert.ThrowsAsync<IOException>(() => history.Write([Run("a")], default));
        Assert.Contains("INSERT and UPDATE on ended_run", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(schema!, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_absence_that_is_told_late_is_no_answer()
    {
        place = await postgres.NewSchema();
        await using var history = await Open(TimeSpan.Zero);
        await history.Write([Run("a")], default);
        Assert.True(await history.Contains(Key("a"), default));
        await Assert.ThrowsAsync<IOException>(async () => await history.Contains(Key("b"), default));
    }

    [Fact]
    public async Task Records_that_are_too_much_for_one_statement_are_written_in_several()
    {
        await using var history = await Open();
        var runs = Enumerable.Range(0, 30).Select(i => Run($"large{i}") with { Message = new string('x', 1 << 20) })
            .Concat(Enumerable.Range(0, 3_000).Select(i => Run($"small{i}"))).ToArray();
        await history.Write(runs, default);
        await AssertHas(history, runs);
    }

    [Fact]
    public async Task A_commit_is_on_the_disk_even_if_the_server_would_not_wait_for_it()
    {
        place = new NpgsqlConnectionStringBuilder(await postgres.NewSchema())
        {
            Options = "-c synchronous_commit=off",
        }.ConnectionString;
        await using var history = await Open();
        await Do("""
            CREATE TABLE seen (mode TEXT);
            CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
            CREATE TRIGGER see BEFORE INSERT ON ended_run FOR EACH ROW EXECUTE FUNCTION see();
            """);
        await history.Write([Run("a")], default);
        await using var source = NpgsqlDataSource.Create(place);
        await using var command = source.CreateCommand("SELECT string_agg(mode, ' ') FROM seen");
        Assert.Equal("on", await command.ExecuteScalarAsync());
    }

    private protected override Task<SqlHistory> Open() => Open(absenceAgeMax: TimeSpan.FromMinutes(1));

    private async Task<SqlHistory> Open(TimeSpan absenceAgeMax)
    {
        place ??= await postgres.NewSchema();
        return await PostgresHistory.Open(
            PostgresFixture.Calm(place) with { AbsenceAgeMax = absenceAgeMax }, new RecordedLog<PostgresHistory>(),
            TimeProvider.System);
    }

    private async Task Do(string statements)
    {
        await using var source = NpgsqlDataSource.Create(place!);
        await using var command = source.CreateCommand(statements);
        await command.ExecuteNonQueryAsync();
    }
}
