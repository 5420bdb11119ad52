using System.Data.Common;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Jobtree.Silo.Histories;

/// <summary>
/// The PostgreSQL of a history: two pools of connections, one for short statements and one for pages, and whether it is
/// away. While it is away everything is refused at once; a probe notices when it is back.
/// </summary>
internal sealed partial class PostgresServer : IAsyncDisposable
{
    private readonly PostgresHistoryOptions options;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly NpgsqlDataSource answers;
    private readonly NpgsqlDataSource pages;
    private readonly Breaker breaker;
    private readonly CancellationTokenSource closing = new();
    private Task watch = Task.CompletedTask;
    private volatile bool isPrepared;
    private volatile bool isWriteRefused;
    private string? away;

    private PostgresServer(PostgresHistoryOptions options, ILogger logger, TimeProvider time)
    {
        (this.options, this.logger, this.time) = (options, logger, time);
        answers = Pool(options.AnswerTimeout, options.ConnectionsMax);
        pages = Pool(options.ListTimeout, options.ListConnectionsMax);
        breaker = options.Metrics?.BreakerOf("history") ?? new Breaker("history");
    }

    /// <summary>Why nothing can be asked now; null: it can.</summary>
    public string? AwayBecause => Volatile.Read(ref away);

    /// <summary>Opens a history. PostgreSQL need not be up yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="logger">Told when PostgreSQL goes away and comes back.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">The tables are of another version, or of another cluster.</exception>
    public static async Task<PostgresServer> Open(PostgresHistoryOptions options, ILogger logger, TimeProvider time)
    {
        var server = new PostgresServer(options, logger, time);
        try
        {
            await server.Ping();
        }
        catch (InvalidDataException refused)
        {
            await server.DisposeAsync();
            throw new IOException(refused.Message);
        }
        catch (Exception failure) when (PostgresFailure.Is(failure, CancellationToken.None))
        {
            server.Leave(PostgresFailure.Of(failure).Reason);
        }
        server.watch = Task.Run(server.Watch);
        return server;
    }

    /// <summary>Asks with short statements.</summary>
    /// <param name="ask">Asks; it may be repeated.</param>
    /// <exception cref="IOException">PostgreSQL is away, or refuses a statement.</exception>
    public Task<T> Ask<T>(Func<NpgsqlConnection, Task<T>> ask) => Ask(ask, options.AnswerTimeout);

    /// <summary>Writes. A refused write keeps the breaker from closing until one succeeds.</summary>
    /// <param name="write">Writes; it may be repeated.</param>
    /// <exception cref="IOException">PostgreSQL is away, or refuses a statement.</exception>
    public async Task Write(Func<NpgsqlConnection, Task> write)
    {
        try
        {
            await Ask(async connection =>
            {
                await write(connection);
                return true;
            }, options.ListTimeout);
            isWriteRefused = false;
        }
        catch (IOException) when (AwayBecause is null)
        {
            isWriteRefused = true;
            breaker.Fail();
            throw;
        }
    }

    /// <summary>Reads what may take long, which is no sign of an outage.</summary>
    /// <param name="read">Reads; it may be repeated.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="IOException">PostgreSQL is away, or refuses a statement.</exception>
    public async Task<T> Read<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellation)
    {
        ThrowIfAway();
        try
        {
            return await Use(pages, read, cancellation).WaitAsync(options.ListTimeout, time, cancellation);
        }
        catch (Exception failure) when (PostgresFailure.Is(failure, cancellation))
        {
            throw new IOException(PostgresFailure.Of(failure).Reason);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await watch;
        await answers.DisposeAsync();
        await pages.DisposeAsync();
        closing.Dispose();
    }

    /// <summary>A pool whose waits are bounded and whose name, which its metrics show, tells no address.</summary>
    private NpgsqlDataSource Pool(TimeSpan patience, int connectionsMax)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.Connection.ConnectionString)
        {
            Timeout = (int)options.ConnectTimeout.TotalSeconds,
            CommandTimeout = (int)patience.TotalSeconds,
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = connectionsMax,
            Enlist = false,
            // Nothing here changes the state of a session.
            NoResetOnClose = true,
            PersistSecurityInfo = false,
            LogParameters = false,
            IncludeErrorDetail = false,
        };
        connection.ApplicationName ??= $"jobtree-{options.Service}";
        // The client would try Kerberos first, whose library the image of the silo does not have.
        if (!connection.ShouldSerialize("GSS Encryption Mode"))
            connection.GssEncryptionMode = GssEncryptionMode.Disable;
        return new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = "jobtree-history" }.Build();
    }

    private async Task<T> Ask<T>(Func<NpgsqlConnection, Task<T>> ask, TimeSpan patience)
    {
        ThrowIfAway();
        try
        {
            // The client's own limit is for each statement, and at a server that hangs it takes longer: it tries to
            // cancel the statement there.
            return await Use(answers, ask, closing.Token).WaitAsync(patience, time);
        }
        catch (Exception failure) when (PostgresFailure.Is(failure, CancellationToken.None))
        {
            var why = PostgresFailure.Of(failure);
            if (why.IsOutage)
                Leave(why.Reason);
            throw new IOException(why.Reason);
        }
    }

    private async Task<T> Use<T>(
        NpgsqlDataSource pool, Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellation)
    {
        for (var isAgain = false; ; isAgain = true)
        {
            await using var connection = await pool.OpenConnectionAsync(cancellation);
            try
            {
                if (!isPrepared)
                    await PostgresSchema.Prepare(connection, options.Service);
                isPrepared = true;
                return await use(connection);
            }
            catch (Exception failure) when (!isAgain && PostgresFailure.IsPassing(failure))
            {
                // The other connections of the pool were cut too, and the client dropped them: the next one is new.
            }
        }
    }

    private Task<object?> Ping() => Use(answers, static async connection =>
    {
        await using var nothing = new NpgsqlCommand("SELECT 1", connection);
        return await nothing.ExecuteScalarAsync();
    }, closing.Token).WaitAsync(options.AnswerTimeout, time);

    private async Task Watch()
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.ProbeEvery, time, closing.Token);
                await Probe();
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task Probe()
    {
        try
        {
            await Ping();
            if (Interlocked.Exchange(ref away, null) is not null)
                Back();
            if (!isWriteRefused)
                breaker.Succeed();
        }
        catch (Exception failure) when (PostgresFailure.Is(failure, closing.Token))
        {
            Leave(PostgresFailure.Of(failure).Reason);
        }
    }

    private void ThrowIfAway()
    {
        if (AwayBecause is { } reason)
            throw new IOException(reason);
    }

    private void Leave(string reason)
    {
        breaker.Fail();
        if (Interlocked.Exchange(ref away, reason) != reason)
            Left(reason);
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "{Reason} Until it can be asked again, runs that are not known here are refused, and ended runs wait "
            + "to be moved to the history.")]
    private partial void Left(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL can be asked for the history again.")]
    private partial void Back();
}
